
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
            cand completions 'Print a completion script for a shell'
            cand man 'Write the manual pages into a folder'
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
