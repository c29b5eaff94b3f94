# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_agentobs_global_optspecs
    string join \n color= q/quiet v/verbose h/help V/version
end

function __fish_agentobs_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_agentobs_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_agentobs_using_subcommand
    set -l cmd (__fish_agentobs_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c agentobs -n "__fish_agentobs_needs_command" -l color -d 'When to use colour; auto: on a terminal that wants it' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c agentobs -n "__fish_agentobs_needs_command" -s q -l quiet -d 'Say only what went wrong, on stderr'
complete -c agentobs -n "__fish_agentobs_needs_command" -s v -l verbose -d 'Say more about what was read and skipped, on stderr; twice: everything'
complete -c agentobs -n "__fish_agentobs_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c agentobs -n "__fish_agentobs_needs_command" -s V -l version -d 'Print version'
complete -c agentobs -n "__fish_agentobs_needs_command" -f -a "completions" -d 'Print a completion script for a shell'
complete -c agentobs -n "__fish_agentobs_needs_command" -f -a "man" -d 'Write the manual pages into a folder'
complete -c agentobs -n "__fish_agentobs_using_subcommand completions" -l color -d 'When to use colour; auto: on a terminal that wants it' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c agentobs -n "__fish_agentobs_using_subcommand completions" -s q -l quiet -d 'Say only what went wrong, on stderr'
complete -c agentobs -n "__fish_agentobs_using_subcommand completions" -s v -l verbose -d 'Say more about what was read and skipped, on stderr; twice: everything'
complete -c agentobs -n "__fish_agentobs_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c agentobs -n "__fish_agentobs_using_subcommand completions" -s V -l version -d 'Print version'
complete -c agentobs -n "__fish_agentobs_using_subcommand man" -l color -d 'When to use colour; auto: on a terminal that wants it' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c agentobs -n "__fish_agentobs_using_subcommand man" -s q -l quiet -d 'Say only what went wrong, on stderr'
complete -c agentobs -n "__fish_agentobs_using_subcommand man" -s v -l verbose -d 'Say more about what was read and skipped, on stderr; twice: everything'
complete -c agentobs -n "__fish_agentobs_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c agentobs -n "__fish_agentobs_using_subcommand man" -s V -l version -d 'Print version'
