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
complete -c agentobs -n "__fish_agentobs_needs_command" -f -a "view" -d 'Show what happened as a timeline in the terminal'
complete -c agentobs -n "__fish_agentobs_needs_command" -f -a "show" -d 'Print what happened: session, turns, tools'
complete -c agentobs -n "__fish_agentobs_needs_command" -f -a "query" -d 'Find spans with TraceQL'
complete -c agentobs -n "__fish_agentobs_needs_command" -f -a "replay" -d 'Make traces, logs and metrics of a Realtime event log, and send them'
complete -c agentobs -n "__fish_agentobs_needs_command" -f -a "export" -d 'Send what was recorded to an OTLP receiver, or write it as OTLP'
complete -c agentobs -n "__fish_agentobs_needs_command" -f -a "assert" -d 'Check what happened against rules; for CI'
complete -c agentobs -n "__fish_agentobs_needs_command" -f -a "completions" -d 'Print a completion script for a shell'
complete -c agentobs -n "__fish_agentobs_needs_command" -f -a "man" -d 'Write the manual pages into a folder'
complete -c agentobs -n "__fish_agentobs_using_subcommand view" -l session -d 'Only the session with this id (any id the data gives it); may repeat' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand view" -l max-bytes -d 'Bytes to read from one source, after decompression' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand view" -l max-ratio -d 'Decompressed bytes for each compressed byte (of what is over 10 MiB)' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand view" -l max-depth -d 'Archives inside archives' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand view" -l max-members -d 'Files and archive members of one source' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand view" -l max-record-bytes -d 'Bytes of one record: a line, a message, a document' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand view" -l max-held-bytes -d 'Bytes of an archive that must be held in memory: on stdin or inside another one' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand view" -l max-model-bytes -d 'Bytes of memory for the records of all sources' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand view" -l max-idle-lines -d 'Lines that hold no record, of all sources' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand view" -l at -d 'Where to open the call: turn:N or span:ID (16 hex digits)' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand view" -l color -d 'When to use colour; auto: on a terminal that wants it' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c agentobs -n "__fish_agentobs_using_subcommand view" -s q -l quiet -d 'Say only what went wrong, on stderr'
complete -c agentobs -n "__fish_agentobs_using_subcommand view" -s v -l verbose -d 'Say more about what was read and skipped, on stderr; twice: everything'
complete -c agentobs -n "__fish_agentobs_using_subcommand view" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c agentobs -n "__fish_agentobs_using_subcommand view" -s V -l version -d 'Print version'
complete -c agentobs -n "__fish_agentobs_using_subcommand show" -l session -d 'Only the session with this id (any id the data gives it); may repeat' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand show" -l max-bytes -d 'Bytes to read from one source, after decompression' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand show" -l max-ratio -d 'Decompressed bytes for each compressed byte (of what is over 10 MiB)' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand show" -l max-depth -d 'Archives inside archives' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand show" -l max-members -d 'Files and archive members of one source' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand show" -l max-record-bytes -d 'Bytes of one record: a line, a message, a document' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand show" -l max-held-bytes -d 'Bytes of an archive that must be held in memory: on stdin or inside another one' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand show" -l max-model-bytes -d 'Bytes of memory for the records of all sources' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand show" -l max-idle-lines -d 'Lines that hold no record, of all sources' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand show" -s f -l format -d 'The format: text for people, markdown for pull requests and assistants, json (schema agentobs.sessions/1), jsonl (a line a session)' -r -f -a "text\t'A tree for people'
json\t'One JSON document'
jsonl\t'One line of JSON a session'
markdown\t'Markdown for pull requests and assistants'"
complete -c agentobs -n "__fish_agentobs_using_subcommand show" -l turn -d 'Only this turn' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand show" -l where -d 'Only the sessions and turns that hold a span this TraceQL query finds, with their numbers; a turn is kept whole. The braces may be left out. How many of how many are shown is said at the end; counts and usage are those of what is shown' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand show" -l only -d 'Only a part of each session' -r -f -a "transcript\t'Who said what'
tools\t'Tool calls'
errors\t'Errors and failed tool calls'
logs\t'Log records'"
complete -c agentobs -n "__fish_agentobs_using_subcommand show" -l log-level -d 'Which log records, implies --logs: one level is a threshold, several with commas are an exact list (trace, debug, info, warn, error, fatal)' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand show" -l color -d 'When to use colour; auto: on a terminal that wants it' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c agentobs -n "__fish_agentobs_using_subcommand show" -l spans -d 'Spans too, as a tree'
complete -c agentobs -n "__fish_agentobs_using_subcommand show" -l logs -d 'Log records too, under their turn'
complete -c agentobs -n "__fish_agentobs_using_subcommand show" -l metrics -d 'Metric points too'
complete -c agentobs -n "__fish_agentobs_using_subcommand show" -s q -l quiet -d 'Say only what went wrong, on stderr'
complete -c agentobs -n "__fish_agentobs_using_subcommand show" -s v -l verbose -d 'Say more about what was read and skipped, on stderr; twice: everything'
complete -c agentobs -n "__fish_agentobs_using_subcommand show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c agentobs -n "__fish_agentobs_using_subcommand show" -s V -l version -d 'Print version'
complete -c agentobs -n "__fish_agentobs_using_subcommand query" -s f -l format -d 'The format: table for people, markdown for pull requests and assistants, json (schema agentobs.query/1), jsonl (a line a match)' -r -f -a "table\t'Tables for people'
json\t'One JSON document'
jsonl\t'One line of JSON a match'
markdown\t'Markdown for pull requests and assistants'"
complete -c agentobs -n "__fish_agentobs_using_subcommand query" -l session -d 'Only matches in the session with this id (any id the data gives it); may repeat' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand query" -l max-bytes -d 'Bytes to read from one source, after decompression' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand query" -l max-ratio -d 'Decompressed bytes for each compressed byte (of what is over 10 MiB)' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand query" -l max-depth -d 'Archives inside archives' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand query" -l max-members -d 'Files and archive members of one source' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand query" -l max-record-bytes -d 'Bytes of one record: a line, a message, a document' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand query" -l max-held-bytes -d 'Bytes of an archive that must be held in memory: on stdin or inside another one' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand query" -l max-model-bytes -d 'Bytes of memory for the records of all sources' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand query" -l max-idle-lines -d 'Lines that hold no record, of all sources' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand query" -l color -d 'When to use colour; auto: on a terminal that wants it' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c agentobs -n "__fish_agentobs_using_subcommand query" -l explain -d 'Print the query as it was understood, and ask nobody'
complete -c agentobs -n "__fish_agentobs_using_subcommand query" -s q -l quiet -d 'Say only what went wrong, on stderr'
complete -c agentobs -n "__fish_agentobs_using_subcommand query" -s v -l verbose -d 'Say more about what was read and skipped, on stderr; twice: everything'
complete -c agentobs -n "__fish_agentobs_using_subcommand query" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c agentobs -n "__fish_agentobs_using_subcommand query" -s V -l version -d 'Print version'
complete -c agentobs -n "__fish_agentobs_using_subcommand replay" -l export -d 'Send to this OTLP receiver: a base URL, below which come /v1/traces, /v1/logs, /v1/metrics. Default: OTEL_EXPORTER_OTLP_ENDPOINT, unless --out is given' -r -f
complete -c agentobs -n "__fish_agentobs_using_subcommand replay" -l out -d 'Write OTLP into this file: JSON lines, or length-delimited protobuf if it ends in .pb; - is stdout. Alone it never uses the network' -r -F
complete -c agentobs -n "__fish_agentobs_using_subcommand replay" -s f -l format -d 'How the account is printed: text on stderr, json (agentobs.delivery/1) on stdout' -r -f -a "text\t'A line for people, on stderr'
json\t'The document agentobs.delivery/1, on stdout'"
complete -c agentobs -n "__fish_agentobs_using_subcommand replay" -l session -d 'Only the session with this id' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand replay" -l content -d 'Whether transcripts, arguments and outputs are written' -r -f -a "full\t'Yes'
none\t'No: numbers, names, ids and times only'"
complete -c agentobs -n "__fish_agentobs_using_subcommand replay" -l time -d 'Times as in the log, or moved so that the log ends now (with --speed: so that it begins now)' -r -f -a "original\t'Those of the log'
now\t'Moved to now'"
complete -c agentobs -n "__fish_agentobs_using_subcommand replay" -l speed -d 'How fast records go out: max, realtime, or a factor such as 10x' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand replay" -l attr -d 'Attribute of the resource, beside those of OTEL_RESOURCE_ATTRIBUTES; may repeat' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand replay" -l service-name -d 'service.name of the resource; default OTEL_SERVICE_NAME, else realtime-agent' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand replay" -l conventions -d 'Which text of the GenAI conventions to follow: what backends know, or the open proposals for realtime' -r -f -a "known\t'What backends know: a response is a `chat`'
proposed\t'The open proposals: `realtime_inference`, tokens by modality'"
complete -c agentobs -n "__fish_agentobs_using_subcommand replay" -l traces-url -d 'Full URL for spans, used as it is' -r -f
complete -c agentobs -n "__fish_agentobs_using_subcommand replay" -l logs-url -d 'Full URL for log records, used as it is' -r -f
complete -c agentobs -n "__fish_agentobs_using_subcommand replay" -l metrics-url -d 'Full URL for metric points, used as it is' -r -f
complete -c agentobs -n "__fish_agentobs_using_subcommand replay" -l header -d 'Header of every request; may repeat' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand replay" -l header-file -d 'File with a header a line (NAME: VALUE): keeps secrets out of the shell\'s history' -r -F
complete -c agentobs -n "__fish_agentobs_using_subcommand replay" -l traces-header -d 'Header of requests with spans; may repeat' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand replay" -l logs-header -d 'Header of requests with log records; may repeat' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand replay" -l metrics-header -d 'Header of requests with metric points; may repeat' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand replay" -l protocol -d 'Encoding and transport; default http/protobuf' -r -f -a "http/protobuf\t'Protobuf over HTTP'
http/json\t'JSON over HTTP'
grpc\t'gRPC'"
complete -c agentobs -n "__fish_agentobs_using_subcommand replay" -l signals -d 'Only these signals: traces, logs, metrics, with commas between' -r -f -a "traces\t'Spans'
logs\t'Log records'
metrics\t'Metric points'"
complete -c agentobs -n "__fish_agentobs_using_subcommand replay" -l log-level -d 'Which log records: one level is a threshold, several with commas are an exact list (trace, debug, info, warn, error, fatal)' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand replay" -l compression -d 'Compression of requests; default gzip, but none within this machine' -r -f -a "gzip\t'With gzip'
none\t'None'"
complete -c agentobs -n "__fish_agentobs_using_subcommand replay" -l request-timeout -d 'Longest time of one attempt, such as 10s or 500ms; default 10s, 0s for no limit' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand replay" -l retry-for -d 'How long a receiver may fail before the rest is given up' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand replay" -l ca-cert -d 'PEM file of certificates to trust in place of the system\'s' -r -F
complete -c agentobs -n "__fish_agentobs_using_subcommand replay" -l client-cert -d 'PEM file of our certificate, for receivers that want one' -r -F
complete -c agentobs -n "__fish_agentobs_using_subcommand replay" -l client-key -d 'PEM file of the key of --client-cert' -r -F
complete -c agentobs -n "__fish_agentobs_using_subcommand replay" -l max-request-records -d 'Records of a request at most' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand replay" -l max-request-bytes -d 'Bytes of a request at most, before compression' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand replay" -l concurrency -d 'Requests on their way at one time' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand replay" -l max-bytes -d 'Bytes to read from one source, after decompression' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand replay" -l max-ratio -d 'Decompressed bytes for each compressed byte (of what is over 10 MiB)' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand replay" -l max-depth -d 'Archives inside archives' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand replay" -l max-members -d 'Files and archive members of one source' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand replay" -l max-record-bytes -d 'Bytes of one record: a line, a message, a document' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand replay" -l max-held-bytes -d 'Bytes of an archive that must be held in memory: on stdin or inside another one' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand replay" -l max-model-bytes -d 'Bytes of memory for the records of all sources' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand replay" -l max-idle-lines -d 'Lines that hold no record, of all sources' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand replay" -l color -d 'When to use colour; auto: on a terminal that wants it' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c agentobs -n "__fish_agentobs_using_subcommand replay" -l dry-run -d 'Send nothing: show the tree, the counts, and what matched nothing'
complete -c agentobs -n "__fish_agentobs_using_subcommand replay" -l track-deltas -d 'A span event for every delta'
complete -c agentobs -n "__fish_agentobs_using_subcommand replay" -s q -l quiet -d 'Say only what went wrong, on stderr'
complete -c agentobs -n "__fish_agentobs_using_subcommand replay" -s v -l verbose -d 'Say more about what was read and skipped, on stderr; twice: everything'
complete -c agentobs -n "__fish_agentobs_using_subcommand replay" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c agentobs -n "__fish_agentobs_using_subcommand replay" -s V -l version -d 'Print version'
complete -c agentobs -n "__fish_agentobs_using_subcommand export" -l to -d 'Send to this OTLP receiver: a base URL, below which come /v1/traces, /v1/logs, /v1/metrics. Default: OTEL_EXPORTER_OTLP_ENDPOINT, unless --out is given' -r -f
complete -c agentobs -n "__fish_agentobs_using_subcommand export" -l out -d 'Write OTLP into this file: JSON lines, or length-delimited protobuf if it ends in .pb; - is stdout. Alone it never uses the network' -r -F
complete -c agentobs -n "__fish_agentobs_using_subcommand export" -s f -l format -d 'How the account is printed: text on stderr, json (agentobs.delivery/1) on stdout' -r -f -a "text\t'A line for people, on stderr'
json\t'The document agentobs.delivery/1, on stdout'"
complete -c agentobs -n "__fish_agentobs_using_subcommand export" -l attr -d 'Attribute of every resource, in place of its own; may repeat' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand export" -l session -d 'Only the session with this id (any id the data gives it); may repeat' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand export" -l max-bytes -d 'Bytes to read from one source, after decompression' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand export" -l max-ratio -d 'Decompressed bytes for each compressed byte (of what is over 10 MiB)' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand export" -l max-depth -d 'Archives inside archives' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand export" -l max-members -d 'Files and archive members of one source' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand export" -l max-record-bytes -d 'Bytes of one record: a line, a message, a document' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand export" -l max-held-bytes -d 'Bytes of an archive that must be held in memory: on stdin or inside another one' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand export" -l max-model-bytes -d 'Bytes of memory for the records of all sources' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand export" -l max-idle-lines -d 'Lines that hold no record, of all sources' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand export" -l traces-url -d 'Full URL for spans, used as it is' -r -f
complete -c agentobs -n "__fish_agentobs_using_subcommand export" -l logs-url -d 'Full URL for log records, used as it is' -r -f
complete -c agentobs -n "__fish_agentobs_using_subcommand export" -l metrics-url -d 'Full URL for metric points, used as it is' -r -f
complete -c agentobs -n "__fish_agentobs_using_subcommand export" -l header -d 'Header of every request; may repeat' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand export" -l header-file -d 'File with a header a line (NAME: VALUE): keeps secrets out of the shell\'s history' -r -F
complete -c agentobs -n "__fish_agentobs_using_subcommand export" -l traces-header -d 'Header of requests with spans; may repeat' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand export" -l logs-header -d 'Header of requests with log records; may repeat' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand export" -l metrics-header -d 'Header of requests with metric points; may repeat' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand export" -l protocol -d 'Encoding and transport; default http/protobuf' -r -f -a "http/protobuf\t'Protobuf over HTTP'
http/json\t'JSON over HTTP'
grpc\t'gRPC'"
complete -c agentobs -n "__fish_agentobs_using_subcommand export" -l signals -d 'Only these signals: traces, logs, metrics, with commas between' -r -f -a "traces\t'Spans'
logs\t'Log records'
metrics\t'Metric points'"
complete -c agentobs -n "__fish_agentobs_using_subcommand export" -l log-level -d 'Which log records: one level is a threshold, several with commas are an exact list (trace, debug, info, warn, error, fatal)' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand export" -l compression -d 'Compression of requests; default gzip, but none within this machine' -r -f -a "gzip\t'With gzip'
none\t'None'"
complete -c agentobs -n "__fish_agentobs_using_subcommand export" -l request-timeout -d 'Longest time of one attempt, such as 10s or 500ms; default 10s, 0s for no limit' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand export" -l retry-for -d 'How long a receiver may fail before the rest is given up' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand export" -l ca-cert -d 'PEM file of certificates to trust in place of the system\'s' -r -F
complete -c agentobs -n "__fish_agentobs_using_subcommand export" -l client-cert -d 'PEM file of our certificate, for receivers that want one' -r -F
complete -c agentobs -n "__fish_agentobs_using_subcommand export" -l client-key -d 'PEM file of the key of --client-cert' -r -F
complete -c agentobs -n "__fish_agentobs_using_subcommand export" -l max-request-records -d 'Records of a request at most' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand export" -l max-request-bytes -d 'Bytes of a request at most, before compression' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand export" -l concurrency -d 'Requests on their way at one time' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand export" -l color -d 'When to use colour; auto: on a terminal that wants it' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c agentobs -n "__fish_agentobs_using_subcommand export" -l no-content -d 'Leave out what was said: texts stay only where they are ids, names, models, kinds, statuses'
complete -c agentobs -n "__fish_agentobs_using_subcommand export" -s q -l quiet -d 'Say only what went wrong, on stderr'
complete -c agentobs -n "__fish_agentobs_using_subcommand export" -s v -l verbose -d 'Say more about what was read and skipped, on stderr; twice: everything'
complete -c agentobs -n "__fish_agentobs_using_subcommand export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c agentobs -n "__fish_agentobs_using_subcommand export" -s V -l version -d 'Print version'
complete -c agentobs -n "__fish_agentobs_using_subcommand assert; and not __fish_seen_subcommand_from init" -l session -d 'Only the session with this id (any id the data gives it); may repeat' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand assert; and not __fish_seen_subcommand_from init" -l max-bytes -d 'Bytes to read from one source, after decompression' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand assert; and not __fish_seen_subcommand_from init" -l max-ratio -d 'Decompressed bytes for each compressed byte (of what is over 10 MiB)' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand assert; and not __fish_seen_subcommand_from init" -l max-depth -d 'Archives inside archives' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand assert; and not __fish_seen_subcommand_from init" -l max-members -d 'Files and archive members of one source' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand assert; and not __fish_seen_subcommand_from init" -l max-record-bytes -d 'Bytes of one record: a line, a message, a document' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand assert; and not __fish_seen_subcommand_from init" -l max-held-bytes -d 'Bytes of an archive that must be held in memory: on stdin or inside another one' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand assert; and not __fish_seen_subcommand_from init" -l max-model-bytes -d 'Bytes of memory for the records of all sources' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand assert; and not __fish_seen_subcommand_from init" -l max-idle-lines -d 'Lines that hold no record, of all sources' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand assert; and not __fish_seen_subcommand_from init" -l spec -d 'A file of rules, YAML or JSON; may repeat' -r -F
complete -c agentobs -n "__fish_agentobs_using_subcommand assert; and not __fish_seen_subcommand_from init" -l expect -d 'Something that must be so: TraceQL that selects a span, or a condition such as \'turn.e2e < 1.2s\'; may repeat' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand assert; and not __fish_seen_subcommand_from init" -l forbid -d 'Something that must not be there: TraceQL that selects no span; may repeat' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand assert; and not __fish_seen_subcommand_from init" -l snapshot -d 'A file with the shape of the calls: differences fail; --update writes it' -r -F
complete -c agentobs -n "__fish_agentobs_using_subcommand assert; and not __fish_seen_subcommand_from init" -s f -l format -d 'The report on stdout: text, json (agentobs.assert/1), junit, tap, sarif, github, markdown' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand assert; and not __fish_seen_subcommand_from init" -l report -d 'A report into a file, beside the one on stdout, such as junit=out.xml; may repeat' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand assert; and not __fish_seen_subcommand_from init" -l fail-on -d 'The least severity of a failed rule that fails the run' -r -f -a "error\t'Failed rules of severity error'
warn\t'Those of severity warn, too'
info\t'Every failed rule'"
complete -c agentobs -n "__fish_agentobs_using_subcommand assert; and not __fish_seen_subcommand_from init" -l color -d 'When to use colour; auto: on a terminal that wants it' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c agentobs -n "__fish_agentobs_using_subcommand assert; and not __fish_seen_subcommand_from init" -l update -d 'Write snapshots that are missing or differ; never in CI'
complete -c agentobs -n "__fish_agentobs_using_subcommand assert; and not __fish_seen_subcommand_from init" -l ci -d 'Behave as in CI, where snapshots are never written; on by itself where the environment has CI set'
complete -c agentobs -n "__fish_agentobs_using_subcommand assert; and not __fish_seen_subcommand_from init" -s q -l quiet -d 'Say only what went wrong, on stderr'
complete -c agentobs -n "__fish_agentobs_using_subcommand assert; and not __fish_seen_subcommand_from init" -s v -l verbose -d 'Say more about what was read and skipped, on stderr; twice: everything'
complete -c agentobs -n "__fish_agentobs_using_subcommand assert; and not __fish_seen_subcommand_from init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c agentobs -n "__fish_agentobs_using_subcommand assert; and not __fish_seen_subcommand_from init" -s V -l version -d 'Print version'
complete -c agentobs -n "__fish_agentobs_using_subcommand assert; and not __fish_seen_subcommand_from init" -a "init" -d 'Write a first spec from a good call'
complete -c agentobs -n "__fish_agentobs_using_subcommand assert; and __fish_seen_subcommand_from init" -l session -d 'Only the session with this id (any id the data gives it); may repeat' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand assert; and __fish_seen_subcommand_from init" -l max-bytes -d 'Bytes to read from one source, after decompression' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand assert; and __fish_seen_subcommand_from init" -l max-ratio -d 'Decompressed bytes for each compressed byte (of what is over 10 MiB)' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand assert; and __fish_seen_subcommand_from init" -l max-depth -d 'Archives inside archives' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand assert; and __fish_seen_subcommand_from init" -l max-members -d 'Files and archive members of one source' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand assert; and __fish_seen_subcommand_from init" -l max-record-bytes -d 'Bytes of one record: a line, a message, a document' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand assert; and __fish_seen_subcommand_from init" -l max-held-bytes -d 'Bytes of an archive that must be held in memory: on stdin or inside another one' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand assert; and __fish_seen_subcommand_from init" -l max-model-bytes -d 'Bytes of memory for the records of all sources' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand assert; and __fish_seen_subcommand_from init" -l max-idle-lines -d 'Lines that hold no record, of all sources' -r
complete -c agentobs -n "__fish_agentobs_using_subcommand assert; and __fish_seen_subcommand_from init" -l out -d 'Where to write the spec, - for stdout; a file that is there is not overwritten' -r -F
complete -c agentobs -n "__fish_agentobs_using_subcommand assert; and __fish_seen_subcommand_from init" -l color -d 'When to use colour; auto: on a terminal that wants it' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c agentobs -n "__fish_agentobs_using_subcommand assert; and __fish_seen_subcommand_from init" -s q -l quiet -d 'Say only what went wrong, on stderr'
complete -c agentobs -n "__fish_agentobs_using_subcommand assert; and __fish_seen_subcommand_from init" -s v -l verbose -d 'Say more about what was read and skipped, on stderr; twice: everything'
complete -c agentobs -n "__fish_agentobs_using_subcommand assert; and __fish_seen_subcommand_from init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c agentobs -n "__fish_agentobs_using_subcommand assert; and __fish_seen_subcommand_from init" -s V -l version -d 'Print version'
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
