"""The generator and the comparison behind script/jsonata-oracle."""
import argparse, collections, json, os, random, re, subprocess, sys
import jlens, jsonatapy

ap = argparse.ArgumentParser()
ap.add_argument("--millrace", required=True)
ap.add_argument("--work", required=True)
ap.add_argument("--pairs", type=int, default=100_000)
ap.add_argument("--seed", type=int, default=1)
ap.add_argument("--show", type=int, default=20)
options = ap.parse_args()
rng = random.Random(options.seed)
INPUTS = 10  # so many inputs for each expression: `eval --lines` tells ten faults one by one
NAMES = ["a", "b", "c", "items", "n", "s", "t"]
TEXTS = ["", "a", "ab", "b,a", "Hello World", "12", "x-1", "é", "😀!", " pad ", "2026-03-02T06:00:00Z"]


def value(depth=0):
    kind = rng.random()
    if depth > 2 or kind < 0.45:
        return rng.choice([0, 1, 2, 5, -3, 2.5, 0.1, 10, 100, 1e-7, 12345.678, True, False, None] + TEXTS)
    if kind < 0.7:
        return [value(depth + 1) for _ in range(rng.choice([0, 1, 1, 2, 3]))]
    return {name: value(depth + 1) for name in rng.sample(NAMES, rng.choice([0, 1, 2, 3, 4]))}


def record():
    result = {name: value(1) for name in rng.sample(NAMES, 5)}
    if rng.random() < 0.7:
        result["items"] = [{"a": rng.choice([1, 2, 3]), "b": value(2), "s": rng.choice(TEXTS)} for _ in range(rng.randrange(5))]
    return result


def literal():
    return rng.choice(["1", "2", "0", "-1", "3.5", '"a"', '"ab"', '""', "true", "false", "null", "[]", "{}", "[1,2,3]", "[1..4]",
                       '"Hello World"', "[1]", '{"a":1,"b":[1,2]}', '["a","b"]', "[[1],[2,3]]"])


def path(depth):
    steps = []
    for _ in range(rng.choice([1, 1, 1, 2, 2, 3])):
        step = rng.choice(NAMES + ["*", "items", "items"])
        if rng.random() < 0.25:
            step += "[" + rng.choice(["0", "-1", "1", expression(depth + 1), "$ > 1", "a = 1", "[0,1]", "[0..1]"]) + "]"
        if rng.random() < 0.07:
            step += "[]"
        if rng.random() < 0.06:
            step += "^(" + rng.choice(["a", ">a", "s", "$", "<b", "a,>s"]) + ")"
        if rng.random() < 0.05:
            step += rng.choice(["#$i", "@$v"])
        steps.append(step)
    tail = rng.random()
    if tail < 0.08:
        steps.append("(" + expression(depth + 1) + ")")
    elif tail < 0.13:
        steps.append("{" + '"k": ' + expression(depth + 1) + "}")
    elif tail < 0.17:
        steps.append("[" + expression(depth + 1) + "]")
    elif tail < 0.20:
        steps.append("%")
    elif tail < 0.23:
        steps.append("$string()")
    text = ".".join(steps)
    if rng.random() < 0.05:
        text += "{" + rng.choice(["s", '"k"', "$string(a)"]) + ": " + expression(depth + 1) + "}"
    return text


ONE = ["sum", "count", "max", "min", "average", "string", "length", "trim", "uppercase", "lowercase", "number", "abs", "floor", "ceil",
       "round", "sqrt", "boolean", "not", "exists", "keys", "spread", "merge", "reverse", "distinct", "type", "sort", "join", "zip",
       "encodeUrlComponent", "formatBase"]
TWO = ["append", "lookup", "join", "split", "contains", "substringBefore", "substringAfter", "substring", "pad", "power", "round",
       "formatNumber", "formatInteger", "formatBase", "zip", "match"]
CALLBACK = ["map", "filter", "single", "each", "sift", "sort"]
LAMBDAS = ["function($x){$x}", "function($x,$i){$i}", "function($x){$x > 1}", "function($x){$type($x)}", "$string", "$boolean", "$count",
           "function($x,$y){$x > $y}", "function($x){$x.a}", "$exists"]


def call(depth):
    kind = rng.random()
    if kind < 0.45:
        return f"${rng.choice(ONE)}({expression(depth + 1)})"
    if kind < 0.7:
        second = rng.choice(['","', '"a"', '"0"', '"#,##0.00"', "2", "-3", '"w"', '"I"', "/a/", "/[a-z]+/i", expression(depth + 1)])
        return f"${rng.choice(TWO)}({expression(depth + 1)}, {second})"
    if kind < 0.9:
        return f"${rng.choice(CALLBACK)}({expression(depth + 1)}, {rng.choice(LAMBDAS)})"
    if kind < 0.95:
        return f"$reduce({expression(depth + 1)}, function($p,$q){{$p & $q}})"
    return f"$replace({expression(depth + 1)}, {rng.choice(['/a/', '/(.)b/', chr(34) + 'a' + chr(34)])}, \"<$1>\")"


def expression(depth=0):
    kind = rng.random()
    if depth > 3 or kind < 0.3:
        return path(depth) if rng.random() < 0.7 else literal()
    if kind < 0.5:
        return call(depth)
    if kind < 0.72:
        sign = rng.choice(["+", "-", "*", "/", "%", "&", "&", "=", "!=", "<", ">", "<=", ">=", "and", "or", "in", "??", "?:", "~>"])
        right = rng.choice(["$string", "$count", "$sum()", "$uppercase()", "$keys"]) if sign == "~>" else expression(depth + 1)
        return f"({expression(depth + 1)} {sign} {right})"
    if kind < 0.77:
        return f"({expression(depth + 1)} ? {expression(depth + 1)} : {expression(depth + 1)})"
    if kind < 0.83:
        return "[" + ", ".join(expression(depth + 1) for _ in range(rng.choice([1, 2]))) + "]"
    if kind < 0.88:
        return "{" + ", ".join(f'"{k}": {expression(depth + 1)}' for k in rng.sample(["x", "y", "z"], rng.choice([1, 2]))) + "}"
    if kind < 0.93:
        return f"($v := {expression(depth + 1)}; {rng.choice(['$v', '$v.a', '$v[0]', '$count($v)', '$v & ' + chr(34) + '!' + chr(34)])})"
    if kind < 0.96:
        return f"({expression(depth + 1)})[{rng.choice(['0', '-1', '$', 'a'])}]"
    if kind < 0.98:
        return f"($ ~> |items|{{\"n\": {expression(depth + 1)}}}|)"
    return f"$toMillis($fromMillis({rng.randrange(-10**12, 2 * 10**12)}, \"[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01]Z\"))"


CODE = re.compile(r"\b([STD]\d{4})\b")


def plain(text):
    """A result with numbers by amount, members in any order."""
    def norm(v):
        if isinstance(v, bool) or v is None or isinstance(v, str):
            return v
        if isinstance(v, (int, float)):
            return float(f"{float(v):.15g}")
        if isinstance(v, list):
            return [norm(x) for x in v]
        return {k: norm(x) for k, x in v.items() if not (k == "next" and "groups" in v)}
    return "V" + json.dumps(norm(json.loads(text)), sort_keys=True)


def ask_jsonatapy(text, rows):
    try:
        compiled = jsonatapy.compile(text)
    except Exception as error:
        found = CODE.search(str(error))
        return ["E" + (found.group(1) if found else "?")] * len(rows)
    out = []
    for row in rows:
        try:
            out.append(plain(compiled.evaluate_json(row)))
        except Exception as error:
            found = CODE.search(str(error))
            out.append("E" + (found.group(1) if found else "?"))
    return out


def ask_jlens(text, rows):
    def code(error):
        return "E" + str(getattr(error, "code", None) or "?")
    try:
        compiled = jlens.Expression(text)
    except Exception as error:
        return [code(error)] * len(rows)
    out = []
    for row in rows:
        try:
            result = compiled.evaluate_json(row)
            out.append("V{}" if result is None else plain(result))
        except Exception as error:
            out.append(code(error))
    return out


def ask_millrace(text, rows):
    path = os.path.join(options.work, "rows.ndjson")
    with open(path, "w") as file:
        file.write("".join(row + "\n" for row in rows))
    done = subprocess.run([options.millrace, "eval", "--lines", text, path], capture_output=True, text=True)
    if done.returncode == 2:
        found = CODE.search(done.stderr)
        return ["E" + (found.group(1) if found else "?")] * len(rows)
    faults = {}
    for line in done.stderr.splitlines():
        told = re.match(re.escape(path) + r":(\d+): .*?\b([STD]\d{4}): ", line)
        if told:
            faults[int(told.group(1))] = "E" + told.group(2)
    values = iter(done.stdout.splitlines())
    if done.returncode not in (0, 1):
        return [f"X{done.returncode}"] * len(rows)
    return [faults.get(number) or plain(next(values)) for number in range(1, len(rows) + 1)]


def kind(answer):
    return answer if answer[0] == "V" else "E"


seen = collections.Counter()
shown = 0
while seen["pairs"] < options.pairs:
    text = '{"r": ' + expression() + "}"
    rows = [json.dumps(record(), ensure_ascii=False) for _ in range(INPUTS)]
    ours, first, second = ask_millrace(text, rows), ask_jsonatapy(text, rows), ask_jlens(text, rows)
    told = False
    for row, us, one, other in zip(rows, ours, first, second):
        seen["pairs"] += 1
        if us == one == other:
            seen["all the same"] += 1
        elif kind(us) == kind(one) == kind(other):
            seen["an error in all, with other codes"] += 1
        elif kind(one) == kind(other):
            seen["DIFFERENT from both"] += 1
            if not told and shown < options.show:
                told = True
                shown += 1
                print(f"{text}\n  input     {row}\n  millrace  {us}\n  jsonatapy {one}\n  jlens     {other}", flush=True)
        elif kind(us) in (kind(one), kind(other)):
            seen["the others differ from each other, one is with us"] += 1
        else:
            seen["all three differ"] += 1
for name, count in seen.most_common():
    print(f"{count:8d} {name}")
sys.exit(1 if seen["DIFFERENT from both"] else 0)
