
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'agentobs' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'agentobs'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'agentobs' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour; auto: on a terminal that wants it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what went wrong, on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what went wrong, on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more about what was read and skipped, on stderr; twice: everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more about what was read and skipped, on stderr; twice: everything')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('view', 'view', [CompletionResultType]::ParameterValue, 'Show what happened as a timeline in the terminal')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Print what happened: session, turns, tools')
            [CompletionResult]::new('query', 'query', [CompletionResultType]::ParameterValue, 'Find spans with TraceQL')
            [CompletionResult]::new('assert', 'assert', [CompletionResultType]::ParameterValue, 'Check what happened against rules; for CI')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a completion script for a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Write the manual pages into a folder')
            break
        }
        'agentobs;view' {
            [CompletionResult]::new('--session', '--session', [CompletionResultType]::ParameterName, 'Only the session with this id (any id the data gives it); may repeat')
            [CompletionResult]::new('--max-bytes', '--max-bytes', [CompletionResultType]::ParameterName, 'Bytes to read from one source, after decompression')
            [CompletionResult]::new('--max-ratio', '--max-ratio', [CompletionResultType]::ParameterName, 'Decompressed bytes for each compressed byte (of what is over 10 MiB)')
            [CompletionResult]::new('--max-depth', '--max-depth', [CompletionResultType]::ParameterName, 'Archives inside archives')
            [CompletionResult]::new('--max-members', '--max-members', [CompletionResultType]::ParameterName, 'Files and archive members of one source')
            [CompletionResult]::new('--max-record-bytes', '--max-record-bytes', [CompletionResultType]::ParameterName, 'Bytes of one record: a line, a message, a document')
            [CompletionResult]::new('--max-held-bytes', '--max-held-bytes', [CompletionResultType]::ParameterName, 'Bytes of an archive that must be held in memory: on stdin or inside another one')
            [CompletionResult]::new('--max-model-bytes', '--max-model-bytes', [CompletionResultType]::ParameterName, 'Bytes of memory for the records of all sources')
            [CompletionResult]::new('--max-idle-lines', '--max-idle-lines', [CompletionResultType]::ParameterName, 'Lines that hold no record, of all sources')
            [CompletionResult]::new('--at', '--at', [CompletionResultType]::ParameterName, 'Where to open the call: turn:N or span:ID (16 hex digits)')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour; auto: on a terminal that wants it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what went wrong, on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what went wrong, on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more about what was read and skipped, on stderr; twice: everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more about what was read and skipped, on stderr; twice: everything')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'agentobs;show' {
            [CompletionResult]::new('--session', '--session', [CompletionResultType]::ParameterName, 'Only the session with this id (any id the data gives it); may repeat')
            [CompletionResult]::new('--max-bytes', '--max-bytes', [CompletionResultType]::ParameterName, 'Bytes to read from one source, after decompression')
            [CompletionResult]::new('--max-ratio', '--max-ratio', [CompletionResultType]::ParameterName, 'Decompressed bytes for each compressed byte (of what is over 10 MiB)')
            [CompletionResult]::new('--max-depth', '--max-depth', [CompletionResultType]::ParameterName, 'Archives inside archives')
            [CompletionResult]::new('--max-members', '--max-members', [CompletionResultType]::ParameterName, 'Files and archive members of one source')
            [CompletionResult]::new('--max-record-bytes', '--max-record-bytes', [CompletionResultType]::ParameterName, 'Bytes of one record: a line, a message, a document')
            [CompletionResult]::new('--max-held-bytes', '--max-held-bytes', [CompletionResultType]::ParameterName, 'Bytes of an archive that must be held in memory: on stdin or inside another one')
            [CompletionResult]::new('--max-model-bytes', '--max-model-bytes', [CompletionResultType]::ParameterName, 'Bytes of memory for the records of all sources')
            [CompletionResult]::new('--max-idle-lines', '--max-idle-lines', [CompletionResultType]::ParameterName, 'Lines that hold no record, of all sources')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'The format: text for people, markdown for pull requests and assistants, json (schema agentobs.sessions/1), jsonl (a line a session)')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The format: text for people, markdown for pull requests and assistants, json (schema agentobs.sessions/1), jsonl (a line a session)')
            [CompletionResult]::new('--turn', '--turn', [CompletionResultType]::ParameterName, 'Only this turn')
            [CompletionResult]::new('--only', '--only', [CompletionResultType]::ParameterName, 'Only a part of each session')
            [CompletionResult]::new('--log-level', '--log-level', [CompletionResultType]::ParameterName, 'Which log records, implies --logs: one level is a threshold, several with commas are an exact list (trace, debug, info, warn, error, fatal)')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour; auto: on a terminal that wants it')
            [CompletionResult]::new('--spans', '--spans', [CompletionResultType]::ParameterName, 'Spans too, as a tree')
            [CompletionResult]::new('--logs', '--logs', [CompletionResultType]::ParameterName, 'Log records too, under their turn')
            [CompletionResult]::new('--metrics', '--metrics', [CompletionResultType]::ParameterName, 'Metric points too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what went wrong, on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what went wrong, on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more about what was read and skipped, on stderr; twice: everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more about what was read and skipped, on stderr; twice: everything')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'agentobs;query' {
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'The format: table for people, markdown for pull requests and assistants, json (schema agentobs.query/1), jsonl (a line a match)')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The format: table for people, markdown for pull requests and assistants, json (schema agentobs.query/1), jsonl (a line a match)')
            [CompletionResult]::new('--session', '--session', [CompletionResultType]::ParameterName, 'Only matches in the session with this id (any id the data gives it); may repeat')
            [CompletionResult]::new('--max-bytes', '--max-bytes', [CompletionResultType]::ParameterName, 'Bytes to read from one source, after decompression')
            [CompletionResult]::new('--max-ratio', '--max-ratio', [CompletionResultType]::ParameterName, 'Decompressed bytes for each compressed byte (of what is over 10 MiB)')
            [CompletionResult]::new('--max-depth', '--max-depth', [CompletionResultType]::ParameterName, 'Archives inside archives')
            [CompletionResult]::new('--max-members', '--max-members', [CompletionResultType]::ParameterName, 'Files and archive members of one source')
            [CompletionResult]::new('--max-record-bytes', '--max-record-bytes', [CompletionResultType]::ParameterName, 'Bytes of one record: a line, a message, a document')
            [CompletionResult]::new('--max-held-bytes', '--max-held-bytes', [CompletionResultType]::ParameterName, 'Bytes of an archive that must be held in memory: on stdin or inside another one')
            [CompletionResult]::new('--max-model-bytes', '--max-model-bytes', [CompletionResultType]::ParameterName, 'Bytes of memory for the records of all sources')
            [CompletionResult]::new('--max-idle-lines', '--max-idle-lines', [CompletionResultType]::ParameterName, 'Lines that hold no record, of all sources')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour; auto: on a terminal that wants it')
            [CompletionResult]::new('--explain', '--explain', [CompletionResultType]::ParameterName, 'Print the query as it was understood, and ask nobody')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what went wrong, on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what went wrong, on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more about what was read and skipped, on stderr; twice: everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more about what was read and skipped, on stderr; twice: everything')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'agentobs;assert' {
            [CompletionResult]::new('--session', '--session', [CompletionResultType]::ParameterName, 'Only the session with this id (any id the data gives it); may repeat')
            [CompletionResult]::new('--max-bytes', '--max-bytes', [CompletionResultType]::ParameterName, 'Bytes to read from one source, after decompression')
            [CompletionResult]::new('--max-ratio', '--max-ratio', [CompletionResultType]::ParameterName, 'Decompressed bytes for each compressed byte (of what is over 10 MiB)')
            [CompletionResult]::new('--max-depth', '--max-depth', [CompletionResultType]::ParameterName, 'Archives inside archives')
            [CompletionResult]::new('--max-members', '--max-members', [CompletionResultType]::ParameterName, 'Files and archive members of one source')
            [CompletionResult]::new('--max-record-bytes', '--max-record-bytes', [CompletionResultType]::ParameterName, 'Bytes of one record: a line, a message, a document')
            [CompletionResult]::new('--max-held-bytes', '--max-held-bytes', [CompletionResultType]::ParameterName, 'Bytes of an archive that must be held in memory: on stdin or inside another one')
            [CompletionResult]::new('--max-model-bytes', '--max-model-bytes', [CompletionResultType]::ParameterName, 'Bytes of memory for the records of all sources')
            [CompletionResult]::new('--max-idle-lines', '--max-idle-lines', [CompletionResultType]::ParameterName, 'Lines that hold no record, of all sources')
            [CompletionResult]::new('--spec', '--spec', [CompletionResultType]::ParameterName, 'A file of rules, YAML or JSON; may repeat')
            [CompletionResult]::new('--expect', '--expect', [CompletionResultType]::ParameterName, 'Something that must be so: TraceQL that selects a span, or a condition such as ''turn.e2e < 1.2s''; may repeat')
            [CompletionResult]::new('--forbid', '--forbid', [CompletionResultType]::ParameterName, 'Something that must not be there: TraceQL that selects no span; may repeat')
            [CompletionResult]::new('--fail-on', '--fail-on', [CompletionResultType]::ParameterName, 'The least severity of a failed rule that fails the run')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour; auto: on a terminal that wants it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what went wrong, on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what went wrong, on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more about what was read and skipped, on stderr; twice: everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more about what was read and skipped, on stderr; twice: everything')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Write a first spec from a good call')
            break
        }
        'agentobs;assert;init' {
            [CompletionResult]::new('--session', '--session', [CompletionResultType]::ParameterName, 'Only the session with this id (any id the data gives it); may repeat')
            [CompletionResult]::new('--max-bytes', '--max-bytes', [CompletionResultType]::ParameterName, 'Bytes to read from one source, after decompression')
            [CompletionResult]::new('--max-ratio', '--max-ratio', [CompletionResultType]::ParameterName, 'Decompressed bytes for each compressed byte (of what is over 10 MiB)')
            [CompletionResult]::new('--max-depth', '--max-depth', [CompletionResultType]::ParameterName, 'Archives inside archives')
            [CompletionResult]::new('--max-members', '--max-members', [CompletionResultType]::ParameterName, 'Files and archive members of one source')
            [CompletionResult]::new('--max-record-bytes', '--max-record-bytes', [CompletionResultType]::ParameterName, 'Bytes of one record: a line, a message, a document')
            [CompletionResult]::new('--max-held-bytes', '--max-held-bytes', [CompletionResultType]::ParameterName, 'Bytes of an archive that must be held in memory: on stdin or inside another one')
            [CompletionResult]::new('--max-model-bytes', '--max-model-bytes', [CompletionResultType]::ParameterName, 'Bytes of memory for the records of all sources')
            [CompletionResult]::new('--max-idle-lines', '--max-idle-lines', [CompletionResultType]::ParameterName, 'Lines that hold no record, of all sources')
            [CompletionResult]::new('--out', '--out', [CompletionResultType]::ParameterName, 'Where to write the spec; a file that is there is not overwritten')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour; auto: on a terminal that wants it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what went wrong, on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what went wrong, on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more about what was read and skipped, on stderr; twice: everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more about what was read and skipped, on stderr; twice: everything')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'agentobs;completions' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour; auto: on a terminal that wants it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what went wrong, on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what went wrong, on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more about what was read and skipped, on stderr; twice: everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more about what was read and skipped, on stderr; twice: everything')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'agentobs;man' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour; auto: on a terminal that wants it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what went wrong, on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what went wrong, on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more about what was read and skipped, on stderr; twice: everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more about what was read and skipped, on stderr; twice: everything')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
