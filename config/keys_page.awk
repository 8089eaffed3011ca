# Makes the manual page kedge.yaml(5). What a key means, its default and the reason stand in kedge.yaml, its type and
# range in agent/config_keys.cc, and in agent/live_config.cc whether a reload can change it; the page repeats none of it
# by hand. POSIX awk, for it runs in every build:
#
#   awk -f keys_page.awk config_fields.h config_keys.cc live_config.cc kedge.yaml kedge.yaml.5.in >kedge.yaml.5
#
# The line @KEYS@ of kedge.yaml.5.in is replaced by the keys. A key without a type, or a type without a key, ends it with
# 1 and the reason on stderr: the build fails then, rather than the page.

function fail(text) {
  print "keys_page.awk: " text >"/dev/stderr"
  failed = 1
  exit 1
}

# --- Types and ranges, from C++ ------------------------------------------------------------------------------------

# A duration of std::chrono as kedge.yaml has it: hours(168) is 7d.
function duration(text,   number, unit, ms) {
  number = text
  gsub(/[^0-9]/, "", number)
  if (number == "") fail("no duration: " text)
  ms = number * (text ~ /milliseconds/ ? 1 : text ~ /seconds/ ? 1000 : text ~ /minutes/ ? 60000 : 3600000)
  if (ms == 0) return "0s"
  if (ms % 86400000 == 0) return ms / 86400000 "d"
  if (ms % 3600000 == 0) return ms / 3600000 "h"
  if (ms % 60000 == 0) return ms / 60000 "m"
  if (ms % 1000 == 0) return ms / 1000 "s"
  return ms "ms"
}

# A number or a shift of one (64 << 10), as a size.
function size(text,   parts, bytes, count, shift) {
  if (text ~ /kMostBytes/) text = most_bytes
  gsub(/size_t|[{} ]/, "", text)
  count = split(text, parts, "<<")
  if (parts[1] !~ /^[0-9]+$/) fail("no size: " text)
  bytes = parts[1]
  for (shift = count > 1 ? parts[2] : 0; shift > 0; --shift) bytes *= 2  # not 2 ^ n: an awk may come without
  if (bytes > 0 && bytes % 1048576 == 0) return bytes / 1048576 "MiB"
  if (bytes > 0 && bytes % 1024 == 0) return bytes / 1024 "KiB"
  return bytes
}

function words_of(text,   all, word) {
  all = ""
  while (match(text, /[{]"[^"]*"/)) {
    word = substr(text, RSTART + 2, RLENGTH - 3)
    text = substr(text, RSTART + RLENGTH)
    all = all (all == "" ? "" : text ~ /[{]"/ ? ", " : " or ") word
  }
  return all
}

# What a value of this kind looks like; `rest` is what follows the key's path in the C++ call.
function type_of(kind, rest,   parts) {
  split(rest, parts, ",")
  gsub(/'/, "", rest)
  if (kind == "Bool") return "true or false"
  if (kind == "Choice") return "one of " words_of(rest)
  if (kind == "Duration") return "a duration from " duration(parts[2]) " to " duration(parts[3])
  if (kind == "Size") return "a size from " size(parts[2]) " to " size(parts[3])
  gsub(/['  ]/, "", parts[2])
  gsub(/['  ]/, "", parts[3])
  if (kind == "Number") return "a whole number from " parts[2] " to " parts[3]
  if (!(parts[2] in expected)) fail("nothing is known of " parts[2])
  if (kind == "List") return "a list; of each item: " expected[parts[2]]
  return expected[parts[2]]
}

# The keys that are read at the start only.
function read_once(text) {
  while (match(text, /"[^"]*"/)) {
    once[substr(text, RSTART + 1, RLENGTH - 2)] = 1
    text = substr(text, RSTART + RLENGTH)
  }
}

# One statement of C++. A check's own message says what it expects.
function read_statement(text,   kind, path, rest, name) {
  if (match(text, /kMostBytes = [^;]*/)) most_bytes = substr(text, RSTART + 13, RLENGTH - 13)
  if (match(text, /kOnce = [{][^}]*/)) read_once(substr(text, RSTART + 9, RLENGTH - 9))
  if (text ~ /bool NeedsRestart/ && match(text, /starts_with\("[^"]*"/)) {
    once_prefix = substr(text, RSTART + 13, RLENGTH - 14)
  }
  if (match(text, /std::string Check[A-Za-z]*\(/)) checks = substr(text, RSTART + 12, RLENGTH - 13)
  if (match(text, /"expected [^"]*"/) && checks != "" && !(checks in expected)) {
    expected[checks] = substr(text, RSTART + 10, RLENGTH - 11)
  } else if (checks != "" && !(checks in expected) && text ~ /empty\(\) [?] "" : Check/) {
    match(text, /: Check[A-Za-z]*/)
    expected[checks] = expected[substr(text, RSTART + 2, RLENGTH - 2)] ", or nothing"
  }
  if (match(text, /AddBackoff<[^;]*>\(keys, "[^"]*"/)) {
    path = substr(text, RSTART, RLENGTH)
    sub(/.*\(keys, "/, "", path)
    sub(/"$/, "", path)
    for (name in backoff) type[path name] = backoff[name]
  }
  if (!match(text, /(add|push_back)\((Text|List|Bool|Number|Size|Duration|Choice)[<(]/)) return
  rest = substr(text, RSTART + RLENGTH - 1)
  kind = substr(text, RSTART, RLENGTH - 1)
  sub(/.*\(/, "", kind)
  if (!match(rest, /"[^"]*"/)) return
  path = substr(rest, RSTART + 1, RLENGTH - 2)
  rest = substr(rest, RSTART + RLENGTH)
  if (path ~ /^[.]/) backoff[path] = type_of(kind, rest)
  else type[path] = type_of(kind, rest)
}

FILENAME ~ /[.](h|cc)$/ {
  line = $0
  sub(/^ *\/\/.*/, "", line)
  statement = statement " " line
  if (line ~ /;/) {
    read_statement(statement)
    statement = ""
  }
  next
}

# --- The words of kedge.yaml, as mdoc ------------------------------------------------------------------------------

function put(text) { keys = keys text "\n" }

# What mdoc takes for its own in a line; `code` words are bold.
function escaped(text,   plain, code, out) {
  gsub(/\\/, "\\e", text)
  out = ""
  while (match(text, /`[^`]*`/)) {
    plain = substr(text, 1, RSTART - 1)
    code = substr(text, RSTART + 1, RLENGTH - 2)
    text = substr(text, RSTART + RLENGTH)
    gsub(/-/, "\\-", code)
    gsub(/ /, " \\%", code)
    out = out plain "\\%\\fB" code "\\fR"
  }
  out = out text
  gsub(/~/, "\\(ti", out)
  gsub(/\^/, "\\(ha", out)
  return out
}

# A sentence begins a line, and no line is long: what mandoc's lint asks for.
function put_text(text,   n, word, i, line, ends) {
  n = split(escaped(text), word, / +/)
  line = ""
  for (i = 1; i <= n; ++i) {
    if (word[i] == "") continue
    ends = line ~ /[.?!][)]?$/ && word[i] ~ /^[A-Z0-9\\]/
    if (line != "" && (ends || length(line) + length(word[i]) > 77)) {
      put(line)
      line = ""
    }
    if (line == "" && word[i] ~ /^[.']/) word[i] = "\\&" word[i]
    if (word[i] !~ /^\\%/ && word[i] ~ /[a-z][A-Z]|_|\/|[a-z][.][a-z]/) word[i] = "\\%" word[i]  # a name: no hyphens
    line = line (line == "" ? "" : " ") word[i]
  }
  if (line != "") put(line)
}

function open_list() {
  if (!list_is_open) put(".Bl -tag -width Ds")
  list_is_open = 1
}
function close_list() {
  if (list_is_open) put(".El")
  list_is_open = 0
}

function put_key(path, value,   what, fixed) {
  if (!(path in type)) fail("kedge.yaml has the key " path ", of which config_keys.cc knows nothing")
  documented[path] = 1
  open_list()
  put(".It Sy " path)
  what = type[path]
  put_text(toupper(substr(what, 1, 1)) substr(what, 2) ".")
  fixed = path in once || (once_prefix != "" && index(path, once_prefix) == 1)
  put_text("Default: `" value "`." (fixed ? " Changed by a restart only." : ""))
  if (comment != "") {
    put(".Pp")
    put_text(comment)
    explained_at = path
  } else {
    put("Explained at")
    put(".Sy " explained_at " .")
  }
  comment = ""
}

FILENAME ~ /[.]yaml$/ {
  if ($0 ~ /^ *$/) { comment = ""; next }  # the head of the file is not a key's
  if ($0 ~ /^ *#/) {
    line = $0
    sub(/^ *# ?/, "", line)
    comment = comment (comment == "" ? "" : " ") line
    next
  }
  match($0, /^ */)
  depth = RLENGTH / 2
  name = $0
  sub(/^ */, "", name)
  value = name
  sub(/:.*/, "", name)
  sub(/^[^:]*: */, "", value)
  if (value == name ":") value = ""
  if (value != "") {
    put_key((depth > 0 ? group[0] "." : "") (depth > 1 ? group[1] "." : "") name, value)
  } else {
    group[depth] = name
    if (depth == 0) {
      close_list()
      put(".Ss " name)
      put_text(comment)
      comment = ""
    }
  }
  next
}

# --- The page ------------------------------------------------------------------------------------------------------

$0 == "@KEYS@" {
  close_list()
  for (path in type) if (!(path in documented)) fail("config_keys.cc has the key " path ", kedge.yaml does not")
  printf "%s", keys
  was_put = 1
  next
}
{ print }
END { if (!failed && !was_put) fail("no line @KEYS@: which page is it for?") }
