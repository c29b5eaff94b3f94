"""Compares the spans of a replay (OTLP/JSON lines) with what Phoenix says of them.
usage: phoenix.py NAME SENT.jsonl"""
import json
import sys
import time
import urllib.request

BASE = "http://127.0.0.1:6006/v1/projects/default/spans/otlpv1"
# Not compared, as Phoenix keeps none of it: the kind (its API says INTERNAL for every span),
# links, and nanoseconds (times are cut to microseconds).


def value(any_value):
    for key, found in any_value.items():
        if found is None:
            continue
        key = key.replace("_", "").lower()
        if key == "intvalue":
            return int(found)
        if key == "doublevalue":
            return float(found)
        if key == "arrayvalue":
            return [value(item) for item in found.get("values", [])]
        if key == "kvlistvalue":
            return {item["key"]: value(item["value"]) for item in found.get("values", [])}
        return found
    return None


def attributes(span):
    return {a["key"]: value(a["value"]) for a in span.get("attributes") or []}


def sent(path):
    spans = {}
    for line in open(path):
        for resource in json.loads(line).get("resourceSpans", []):
            for scope in resource["scopeSpans"]:
                for span in scope["spans"]:
                    spans[span["spanId"]] = span
    return spans


def stored(trace):
    spans, cursor = {}, None
    while True:
        url = f"{BASE}?trace_id={trace}&limit=1000" + (f"&cursor={cursor}" if cursor else "")
        page = json.load(urllib.request.urlopen(url))
        for span in page["data"]:
            spans[span["span_id"]] = span
        cursor = page.get("next_cursor")
        if not cursor:
            return spans


def same(ours, theirs):
    if isinstance(ours, str) and not isinstance(theirs, str):
        # JSON text in known places is parsed.
        try:
            return json.loads(ours) == theirs
        except ValueError:
            return False
    if isinstance(ours, float) or isinstance(theirs, float):
        return theirs is not None and abs(float(ours) - float(theirs)) < 1e-9 * max(1, abs(float(ours)))
    return ours == theirs


def below(kept, key):
    """An object that Phoenix keeps member by member, such as a tool's parameters."""
    members = {k[len(key) + 1 :]: v for k, v in kept.items() if k.startswith(key + ".")}
    return members or None


def main():
    name, path = sys.argv[1:]
    ours = sent(path)
    traces = {span["traceId"] for span in ours.values()}
    theirs = {}
    # Phoenix stores in the background.
    for _ in range(60):
        theirs = {}
        for trace in traces:
            theirs.update(stored(trace))
        if len(theirs) >= len(ours):
            break
        time.sleep(1)
    wrong = []
    if set(theirs) != set(ours):
        wrong.append(f"{len(set(ours) - set(theirs))} missing, {len(set(theirs) - set(ours))} too many")
    compared = 0
    for span_id, span in ours.items():
        other = theirs.get(span_id)
        if other is None:
            continue
        if (span.get("parentSpanId") or None) != (other.get("parent_span_id") or None):
            wrong.append(f"{span['name']}: parent {other.get('parent_span_id')}")
        if span["name"] != other["name"]:
            wrong.append(f"{span['name']}: name {other['name']}")
        code = int(span.get("status", {}).get("code", 0))
        told = other.get("status", {}).get("code")
        told = {"STATUS_CODE_UNSET": 0, "STATUS_CODE_OK": 1, "STATUS_CODE_ERROR": 2}.get(told, told) or 0
        if code != told:
            wrong.append(f"{span['name']}: status {told} for {code}")
        for end in ("startTimeUnixNano", "endTimeUnixNano"):
            snake = {"s": "start_time_unix_nano", "e": "end_time_unix_nano"}[end[0]]
            if abs(int(span[end]) - int(other[snake])) > 1000:
                wrong.append(f"{span['name']}: {end}")
        kept = attributes(other)
        for key, mine in attributes(span).items():
            compared += 1
            found = kept.get(key, below(kept, key))
            if not same(mine, found):
                wrong.append(f"{span['name']}: {key} = {str(mine)[:60]!r} is {str(found)[:60]!r}")
    print(f"{name}: {len(ours)} spans, {compared} attributes, {len(wrong)} differences", flush=True)
    for line in wrong[:20]:
        print("  " + line)
    sys.exit(bool(wrong))


main()
