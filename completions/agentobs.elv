
use builtin;
use str;

set edit:completion:arg-completer[agentobs] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'agentobs'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'agentobs'= {
            cand --color 'When to use colour; auto: on a terminal that wants it'
            cand -q 'Say only what went wrong, on stderr'
            cand --quiet 'Say only what went wrong, on stderr'
            cand -v 'Say more about what was read and skipped, on stderr; twice: everything'
            cand --verbose 'Say more about what was read and skipped, on stderr; twice: everything'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand view 'Show what happened as a timeline in the terminal'
            cand show 'Print what happened: session, turns, tools'
            cand query 'Find spans with TraceQL'
            cand assert 'Check what happened against rules; for CI'
            cand completions 'Print a completion script for a shell'
            cand man 'Write the manual pages into a folder'
        }
        &'agentobs;view'= {
            cand --session 'Only the session with this id (any id the data gives it); may repeat'
            cand --max-bytes 'Bytes to read from one source, after decompression'
            cand --max-ratio 'Decompressed bytes for each compressed byte (of what is over 10 MiB)'
            cand --max-depth 'Archives inside archives'
            cand --max-members 'Files and archive members of one source'
            cand --max-record-bytes 'Bytes of one record: a line, a message, a document'
            cand --max-held-bytes 'Bytes of an archive that must be held in memory: on stdin or inside another one'
            cand --max-model-bytes 'Bytes of memory for the records of all sources'
            cand --max-idle-lines 'Lines that hold no record, of all sources'
            cand --at 'Where to open the call: turn:N or span:ID (16 hex digits)'
            cand --color 'When to use colour; auto: on a terminal that wants it'
            cand -q 'Say only what went wrong, on stderr'
            cand --quiet 'Say only what went wrong, on stderr'
            cand -v 'Say more about what was read and skipped, on stderr; twice: everything'
            cand --verbose 'Say more about what was read and skipped, on stderr; twice: everything'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'agentobs;show'= {
            cand --session 'Only the session with this id (any id the data gives it); may repeat'
            cand --max-bytes 'Bytes to read from one source, after decompression'
            cand --max-ratio 'Decompressed bytes for each compressed byte (of what is over 10 MiB)'
            cand --max-depth 'Archives inside archives'
            cand --max-members 'Files and archive members of one source'
            cand --max-record-bytes 'Bytes of one record: a line, a message, a document'
            cand --max-held-bytes 'Bytes of an archive that must be held in memory: on stdin or inside another one'
            cand --max-model-bytes 'Bytes of memory for the records of all sources'
            cand --max-idle-lines 'Lines that hold no record, of all sources'
            cand -f 'The format: text for people, markdown for pull requests and assistants, json (schema agentobs.sessions/1), jsonl (a line a session)'
            cand --format 'The format: text for people, markdown for pull requests and assistants, json (schema agentobs.sessions/1), jsonl (a line a session)'
            cand --turn 'Only this turn'
            cand --only 'Only a part of each session'
            cand --log-level 'Which log records, implies --logs: one level is a threshold, several with commas are an exact list (trace, debug, info, warn, error, fatal)'
            cand --color 'When to use colour; auto: on a terminal that wants it'
            cand --spans 'Spans too, as a tree'
            cand --logs 'Log records too, under their turn'
            cand --metrics 'Metric points too'
            cand -q 'Say only what went wrong, on stderr'
            cand --quiet 'Say only what went wrong, on stderr'
            cand -v 'Say more about what was read and skipped, on stderr; twice: everything'
            cand --verbose 'Say more about what was read and skipped, on stderr; twice: everything'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'agentobs;query'= {
            cand -f 'The format: table for people, markdown for pull requests and assistants, json (schema agentobs.query/1), jsonl (a line a match)'
            cand --format 'The format: table for people, markdown for pull requests and assistants, json (schema agentobs.query/1), jsonl (a line a match)'
            cand --session 'Only matches in the session with this id (any id the data gives it); may repeat'
            cand --max-bytes 'Bytes to read from one source, after decompression'
            cand --max-ratio 'Decompressed bytes for each compressed byte (of what is over 10 MiB)'
            cand --max-depth 'Archives inside archives'
            cand --max-members 'Files and archive members of one source'
            cand --max-record-bytes 'Bytes of one record: a line, a message, a document'
            cand --max-held-bytes 'Bytes of an archive that must be held in memory: on stdin or inside another one'
            cand --max-model-bytes 'Bytes of memory for the records of all sources'
            cand --max-idle-lines 'Lines that hold no record, of all sources'
            cand --color 'When to use colour; auto: on a terminal that wants it'
            cand --explain 'Print the query as it was understood, and ask nobody'
            cand -q 'Say only what went wrong, on stderr'
            cand --quiet 'Say only what went wrong, on stderr'
            cand -v 'Say more about what was read and skipped, on stderr; twice: everything'
            cand --verbose 'Say more about what was read and skipped, on stderr; twice: everything'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'agentobs;assert'= {
            cand --session 'Only the session with this id (any id the data gives it); may repeat'
            cand --max-bytes 'Bytes to read from one source, after decompression'
            cand --max-ratio 'Decompressed bytes for each compressed byte (of what is over 10 MiB)'
            cand --max-depth 'Archives inside archives'
            cand --max-members 'Files and archive members of one source'
            cand --max-record-bytes 'Bytes of one record: a line, a message, a document'
            cand --max-held-bytes 'Bytes of an archive that must be held in memory: on stdin or inside another one'
            cand --max-model-bytes 'Bytes of memory for the records of all sources'
            cand --max-idle-lines 'Lines that hold no record, of all sources'
            cand --spec 'A file of rules, YAML or JSON; may repeat'
            cand --expect 'Something that must be so: TraceQL that selects a span, or a condition such as ''turn.e2e < 1.2s''; may repeat'
            cand --forbid 'Something that must not be there: TraceQL that selects no span; may repeat'
            cand --fail-on 'The least severity of a failed rule that fails the run'
            cand --color 'When to use colour; auto: on a terminal that wants it'
            cand -q 'Say only what went wrong, on stderr'
            cand --quiet 'Say only what went wrong, on stderr'
            cand -v 'Say more about what was read and skipped, on stderr; twice: everything'
            cand --verbose 'Say more about what was read and skipped, on stderr; twice: everything'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand init 'Write a first spec from a good call'
        }
        &'agentobs;assert;init'= {
            cand --session 'Only the session with this id (any id the data gives it); may repeat'
            cand --max-bytes 'Bytes to read from one source, after decompression'
            cand --max-ratio 'Decompressed bytes for each compressed byte (of what is over 10 MiB)'
            cand --max-depth 'Archives inside archives'
            cand --max-members 'Files and archive members of one source'
            cand --max-record-bytes 'Bytes of one record: a line, a message, a document'
            cand --max-held-bytes 'Bytes of an archive that must be held in memory: on stdin or inside another one'
            cand --max-model-bytes 'Bytes of memory for the records of all sources'
            cand --max-idle-lines 'Lines that hold no record, of all sources'
            cand --out 'Where to write the spec; a file that is there is not overwritten'
            cand --color 'When to use colour; auto: on a terminal that wants it'
            cand -q 'Say only what went wrong, on stderr'
            cand --quiet 'Say only what went wrong, on stderr'
            cand -v 'Say more about what was read and skipped, on stderr; twice: everything'
            cand --verbose 'Say more about what was read and skipped, on stderr; twice: everything'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'agentobs;completions'= {
            cand --color 'When to use colour; auto: on a terminal that wants it'
            cand -q 'Say only what went wrong, on stderr'
            cand --quiet 'Say only what went wrong, on stderr'
            cand -v 'Say more about what was read and skipped, on stderr; twice: everything'
            cand --verbose 'Say more about what was read and skipped, on stderr; twice: everything'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'agentobs;man'= {
            cand --color 'When to use colour; auto: on a terminal that wants it'
            cand -q 'Say only what went wrong, on stderr'
            cand --quiet 'Say only what went wrong, on stderr'
            cand -v 'Say more about what was read and skipped, on stderr; twice: everything'
            cand --verbose 'Say more about what was read and skipped, on stderr; twice: everything'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
    ]
    $completions[$command]
}
