
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
            [CompletionResult]::new('replay', 'replay', [CompletionResultType]::ParameterValue, 'Make traces, logs and metrics of a Realtime event log, and send them')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Send what was recorded to an OTLP receiver, or write it as OTLP')
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
            [CompletionResult]::new('--where', '--where', [CompletionResultType]::ParameterName, 'Only the sessions and turns that hold a span this TraceQL query finds, with their numbers; a turn is kept whole. The braces may be left out. How many of how many are shown is said at the end; counts and usage are those of what is shown')
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
        'agentobs;replay' {
            [CompletionResult]::new('--export', '--export', [CompletionResultType]::ParameterName, 'Send to this OTLP receiver: a base URL, below which come /v1/traces, /v1/logs, /v1/metrics. Default: OTEL_EXPORTER_OTLP_ENDPOINT, unless --out is given')
            [CompletionResult]::new('--out', '--out', [CompletionResultType]::ParameterName, 'Write OTLP into this file: JSON lines, or length-delimited protobuf if it ends in .pb; - is stdout. Alone it never uses the network')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'How the account is printed: text on stderr, json (agentobs.delivery/1) on stdout')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How the account is printed: text on stderr, json (agentobs.delivery/1) on stdout')
            [CompletionResult]::new('--session', '--session', [CompletionResultType]::ParameterName, 'Only the session with this id')
            [CompletionResult]::new('--content', '--content', [CompletionResultType]::ParameterName, 'Whether transcripts, arguments and outputs are written')
            [CompletionResult]::new('--time', '--time', [CompletionResultType]::ParameterName, 'Times as in the log, or moved so that the log ends now (with --speed: so that it begins now)')
            [CompletionResult]::new('--speed', '--speed', [CompletionResultType]::ParameterName, 'How fast records go out: max, realtime, or a factor such as 10x')
            [CompletionResult]::new('--attr', '--attr', [CompletionResultType]::ParameterName, 'Attribute of the resource, beside those of OTEL_RESOURCE_ATTRIBUTES; may repeat')
            [CompletionResult]::new('--service-name', '--service-name', [CompletionResultType]::ParameterName, 'service.name of the resource; default OTEL_SERVICE_NAME, else realtime-agent')
            [CompletionResult]::new('--conventions', '--conventions', [CompletionResultType]::ParameterName, 'Which text of the GenAI conventions to follow: what backends know, or the open proposals for realtime')
            [CompletionResult]::new('--traces-url', '--traces-url', [CompletionResultType]::ParameterName, 'Full URL for spans, used as it is')
            [CompletionResult]::new('--logs-url', '--logs-url', [CompletionResultType]::ParameterName, 'Full URL for log records, used as it is')
            [CompletionResult]::new('--metrics-url', '--metrics-url', [CompletionResultType]::ParameterName, 'Full URL for metric points, used as it is')
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'Header of every request; may repeat')
            [CompletionResult]::new('--header-file', '--header-file', [CompletionResultType]::ParameterName, 'File with a header a line (NAME: VALUE): keeps secrets out of the shell''s history')
            [CompletionResult]::new('--traces-header', '--traces-header', [CompletionResultType]::ParameterName, 'Header of requests with spans; may repeat')
            [CompletionResult]::new('--logs-header', '--logs-header', [CompletionResultType]::ParameterName, 'Header of requests with log records; may repeat')
            [CompletionResult]::new('--metrics-header', '--metrics-header', [CompletionResultType]::ParameterName, 'Header of requests with metric points; may repeat')
            [CompletionResult]::new('--protocol', '--protocol', [CompletionResultType]::ParameterName, 'Encoding and transport; default http/protobuf')
            [CompletionResult]::new('--signals', '--signals', [CompletionResultType]::ParameterName, 'Only these signals: traces, logs, metrics, with commas between')
            [CompletionResult]::new('--compression', '--compression', [CompletionResultType]::ParameterName, 'Compression of requests; default gzip, but none within this machine')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'Longest time of one attempt, such as 10s or 500ms; default 10s, 0s for no limit')
            [CompletionResult]::new('--retry-for', '--retry-for', [CompletionResultType]::ParameterName, 'How long a receiver may fail before the rest is given up')
            [CompletionResult]::new('--ca-cert', '--ca-cert', [CompletionResultType]::ParameterName, 'PEM file of certificates to trust in place of the system''s')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'PEM file of our certificate, for receivers that want one')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'PEM file of the key of --client-cert')
            [CompletionResult]::new('--max-request-records', '--max-request-records', [CompletionResultType]::ParameterName, 'Records of a request at most')
            [CompletionResult]::new('--max-request-bytes', '--max-request-bytes', [CompletionResultType]::ParameterName, 'Bytes of a request at most, before compression')
            [CompletionResult]::new('--concurrency', '--concurrency', [CompletionResultType]::ParameterName, 'Requests on their way at one time')
            [CompletionResult]::new('--max-bytes', '--max-bytes', [CompletionResultType]::ParameterName, 'Bytes to read from one source, after decompression')
            [CompletionResult]::new('--max-ratio', '--max-ratio', [CompletionResultType]::ParameterName, 'Decompressed bytes for each compressed byte (of what is over 10 MiB)')
            [CompletionResult]::new('--max-depth', '--max-depth', [CompletionResultType]::ParameterName, 'Archives inside archives')
            [CompletionResult]::new('--max-members', '--max-members', [CompletionResultType]::ParameterName, 'Files and archive members of one source')
            [CompletionResult]::new('--max-record-bytes', '--max-record-bytes', [CompletionResultType]::ParameterName, 'Bytes of one record: a line, a message, a document')
            [CompletionResult]::new('--max-held-bytes', '--max-held-bytes', [CompletionResultType]::ParameterName, 'Bytes of an archive that must be held in memory: on stdin or inside another one')
            [CompletionResult]::new('--max-model-bytes', '--max-model-bytes', [CompletionResultType]::ParameterName, 'Bytes of memory for the records of all sources')
            [CompletionResult]::new('--max-idle-lines', '--max-idle-lines', [CompletionResultType]::ParameterName, 'Lines that hold no record, of all sources')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour; auto: on a terminal that wants it')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Send nothing: show the tree, the counts, and what matched nothing')
            [CompletionResult]::new('--track-deltas', '--track-deltas', [CompletionResultType]::ParameterName, 'A span event for every delta')
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
        'agentobs;export' {
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'Send to this OTLP receiver: a base URL, below which come /v1/traces, /v1/logs, /v1/metrics. Default: OTEL_EXPORTER_OTLP_ENDPOINT, unless --out is given')
            [CompletionResult]::new('--out', '--out', [CompletionResultType]::ParameterName, 'Write OTLP into this file: JSON lines, or length-delimited protobuf if it ends in .pb; - is stdout. Alone it never uses the network')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'How the account is printed: text on stderr, json (agentobs.delivery/1) on stdout')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How the account is printed: text on stderr, json (agentobs.delivery/1) on stdout')
            [CompletionResult]::new('--attr', '--attr', [CompletionResultType]::ParameterName, 'Attribute of every resource, in place of its own; may repeat')
            [CompletionResult]::new('--session', '--session', [CompletionResultType]::ParameterName, 'Only the session with this id (any id the data gives it); may repeat')
            [CompletionResult]::new('--max-bytes', '--max-bytes', [CompletionResultType]::ParameterName, 'Bytes to read from one source, after decompression')
            [CompletionResult]::new('--max-ratio', '--max-ratio', [CompletionResultType]::ParameterName, 'Decompressed bytes for each compressed byte (of what is over 10 MiB)')
            [CompletionResult]::new('--max-depth', '--max-depth', [CompletionResultType]::ParameterName, 'Archives inside archives')
            [CompletionResult]::new('--max-members', '--max-members', [CompletionResultType]::ParameterName, 'Files and archive members of one source')
            [CompletionResult]::new('--max-record-bytes', '--max-record-bytes', [CompletionResultType]::ParameterName, 'Bytes of one record: a line, a message, a document')
            [CompletionResult]::new('--max-held-bytes', '--max-held-bytes', [CompletionResultType]::ParameterName, 'Bytes of an archive that must be held in memory: on stdin or inside another one')
            [CompletionResult]::new('--max-model-bytes', '--max-model-bytes', [CompletionResultType]::ParameterName, 'Bytes of memory for the records of all sources')
            [CompletionResult]::new('--max-idle-lines', '--max-idle-lines', [CompletionResultType]::ParameterName, 'Lines that hold no record, of all sources')
            [CompletionResult]::new('--traces-url', '--traces-url', [CompletionResultType]::ParameterName, 'Full URL for spans, used as it is')
            [CompletionResult]::new('--logs-url', '--logs-url', [CompletionResultType]::ParameterName, 'Full URL for log records, used as it is')
            [CompletionResult]::new('--metrics-url', '--metrics-url', [CompletionResultType]::ParameterName, 'Full URL for metric points, used as it is')
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'Header of every request; may repeat')
            [CompletionResult]::new('--header-file', '--header-file', [CompletionResultType]::ParameterName, 'File with a header a line (NAME: VALUE): keeps secrets out of the shell''s history')
            [CompletionResult]::new('--traces-header', '--traces-header', [CompletionResultType]::ParameterName, 'Header of requests with spans; may repeat')
            [CompletionResult]::new('--logs-header', '--logs-header', [CompletionResultType]::ParameterName, 'Header of requests with log records; may repeat')
            [CompletionResult]::new('--metrics-header', '--metrics-header', [CompletionResultType]::ParameterName, 'Header of requests with metric points; may repeat')
            [CompletionResult]::new('--protocol', '--protocol', [CompletionResultType]::ParameterName, 'Encoding and transport; default http/protobuf')
            [CompletionResult]::new('--signals', '--signals', [CompletionResultType]::ParameterName, 'Only these signals: traces, logs, metrics, with commas between')
            [CompletionResult]::new('--compression', '--compression', [CompletionResultType]::ParameterName, 'Compression of requests; default gzip, but none within this machine')
            [CompletionResult]::new('--request-timeout', '--request-timeout', [CompletionResultType]::ParameterName, 'Longest time of one attempt, such as 10s or 500ms; default 10s, 0s for no limit')
            [CompletionResult]::new('--retry-for', '--retry-for', [CompletionResultType]::ParameterName, 'How long a receiver may fail before the rest is given up')
            [CompletionResult]::new('--ca-cert', '--ca-cert', [CompletionResultType]::ParameterName, 'PEM file of certificates to trust in place of the system''s')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'PEM file of our certificate, for receivers that want one')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'PEM file of the key of --client-cert')
            [CompletionResult]::new('--max-request-records', '--max-request-records', [CompletionResultType]::ParameterName, 'Records of a request at most')
            [CompletionResult]::new('--max-request-bytes', '--max-request-bytes', [CompletionResultType]::ParameterName, 'Bytes of a request at most, before compression')
            [CompletionResult]::new('--concurrency', '--concurrency', [CompletionResultType]::ParameterName, 'Requests on their way at one time')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour; auto: on a terminal that wants it')
            [CompletionResult]::new('--no-content', '--no-content', [CompletionResultType]::ParameterName, 'Leave out what was said: texts stay only where they are ids, names, models, kinds, statuses')
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
