// set-config's edits on random documents, judged by other parsers' trees (yaml-cpp's own nodes, nlohmann's)
// and by the comments: every edit gives exactly what was meant, or is refused.
#include <doctest/doctest.h>
#include <yaml-cpp/yaml.h>

#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "set-config/edit.h"

namespace kedge::set_config {
namespace {

using Json = nlohmann::ordered_json;
using Path = std::vector<std::string>;

// A random document as data, and written down as somebody might have.
class Writer {
 public:
  explicit Writer(uint32_t seed) : random_(seed) {}

  int Pick(int below) { return static_cast<int>(random_() % static_cast<uint32_t>(below)); }

  Json Value(int depth) {
    switch (depth >= 4 ? Pick(5) : Pick(9)) {
      case 0:
        return Pick(1000);
      case 1:
        return Pick(2) == 0;
      case 2:
        return nullptr;
      case 3:
      case 4:
        return Text();
      case 5:
      case 6: {
        Json list = Json::array();
        for (int i = Pick(4); i > 0; --i) list.push_back(Value(depth + 1));
        return list;
      }
      default: {
        Json mapping = Json::object();
        for (int i = Pick(5); i > 0; --i) mapping[Key()] = Value(depth + 1);
        return mapping;
      }
    }
  }

  std::string Key() {
    static const std::vector<std::string> keys = {"a",    "b",    "long key", "k.dot", "k=eq",
                                                  "port", "42",   "null",     "x:y",   "\xc3\xa4",
                                                  "true", "# no", "- no",     "'q'",   "\"q\""};
    return keys[static_cast<size_t>(Pick(static_cast<int>(keys.size())))];
  }
  std::string Text() {
    static const std::vector<std::string> texts = {"word",        "two words",
                                                   "80",          "true",
                                                   "null",        "",
                                                   " space ",     "a: b",
                                                   "a #b",        "it's",
                                                   "say \"so\"",  "{x}",
                                                   "[y]",         "line\nline\n",
                                                   "tab\there",   "\xe2\x82\xac",
                                                   "*s",          "&s",
                                                   "!t",          "%d",
                                                   "@at",         "- x",
                                                   "?",           "~",
                                                   "back\\slash", "#",
                                                   "a:",          "-",
                                                   "a, b",        "|"};
    return texts[static_cast<size_t>(Pick(static_cast<int>(texts.size())))];
  }

  // In YAML, every style mixed; `lines` of comments are counted.
  std::string Yaml(const Json& value) {
    std::string text;
    if (Pick(3) == 0) text += Comment("");
    if (Pick(8) == 0) text += "---\n";
    if (value.is_object() && !value.empty())
      Block(value, 0, &text);
    else
      text += Flow(value) + "\n";
    return text;
  }
  int comments = 0;

 private:
  std::string Comment(const std::string& indent) {
    ++comments;
    return indent + "# comment " + std::to_string(comments) + ": it's {\"a\": [1\n";
  }
  std::string Space() { return std::string(static_cast<size_t>(Pick(3)), ' '); }

  std::string Scalar(const Json& value, bool in_flow) {
    if (!value.is_string()) return value.is_null() && Pick(2) == 0 ? "~" : value.dump();
    const std::string text = value.get<std::string>();
    if (Pick(3) > 0 && IsWord(text) && (!in_flow || text.find(',') == std::string::npos)) return text;
    if (Pick(2) == 0 && text.find_first_of("\n\t") == std::string::npos) {
      std::string quoted = "'";
      for (const char c : text) quoted += c == '\'' ? "''" : std::string(1, c);
      return quoted + "'";
    }
    return value.dump();
  }
  static bool IsWord(const std::string& text) {
    return text == "word" || text == "two words" || text == "it's" || text == "a" || text == "b" ||
           text == "port" || text == "long key" || text == "k.dot" || text == "k=eq" ||
           text == "back\\slash" || text == "a, b" || text == "\xc3\xa4" || text == "\xe2\x82\xac";
  }

  std::string Flow(const Json& value) {
    if (!value.is_structured()) return Scalar(value, true);
    std::string text = value.is_array() ? "[" : "{";
    const bool is_wide = Pick(4) == 0;
    bool is_first = true;
    for (const auto& item : value.items()) {
      if (!is_first) text += ",";
      text += is_wide ? "\n      " : Space();
      if (value.is_object()) text += Scalar(Json(item.key()), true) + ": ";
      text += Flow(item.value());
      is_first = false;
    }
    text += is_wide ? "\n    " : Space();
    return text + (value.is_array() ? "]" : "}");
  }

  // `column`: of the keys or dashes; the first line's indentation is the caller's.
  void Block(const Json& value, size_t column, std::string* text) {
    const std::string indent(column, ' ');
    bool is_first = true;
    for (const auto& item : value.items()) {
      if (!is_first) {
        if (Pick(5) == 0) *text += Comment(indent);
        if (Pick(8) == 0) *text += "\n";
        *text += indent;
      }
      is_first = false;
      *text += value.is_object() ? Scalar(Json(item.key()), false) + ":" : "-";
      BlockInner(item.value(), column, value.is_array(), text);
    }
  }

  void BlockInner(const Json& value, size_t column, bool in_list, std::string* text) {
    if (value.is_structured() && !value.empty() && Pick(3) > 0) {
      if (in_list) {
        *text += " ";
        Block(value, column + 2, text);
        return;
      }
      EndLine(text);
      const size_t inner = column + (value.is_array() && Pick(3) == 0 ? 0 : 2 + static_cast<size_t>(Pick(2)));
      *text += std::string(inner, ' ');
      Block(value, inner, text);
    } else if (value.is_string() && value.get<std::string>() == "line\nline\n" && Pick(2) == 0) {
      const std::string indent(column + 2, ' ');
      *text += " |\n" + indent + "line\n" + indent + "line\n";
    } else if (value.is_null() && Pick(2) == 0) {
      EndLine(text);
    } else {
      *text += " " + Space() + (value.is_structured() ? Flow(value) : Scalar(value, false));
      EndLine(text);
    }
  }
  void EndLine(std::string* text) {
    if (Pick(5) == 0) {
      ++comments;
      *text += "  # behind " + std::to_string(comments) + " 'x";
    }
    *text += "\n";
  }

  std::mt19937 random_;
};

// By yaml-cpp's own nodes: nothing of the library under test.
Json FromYaml(const YAML::Node& node) {
  switch (node.Type()) {
    case YAML::NodeType::Sequence: {
      Json list = Json::array();
      for (const YAML::Node& element : node) list.push_back(FromYaml(element));
      return list;
    }
    case YAML::NodeType::Map: {
      Json mapping = Json::object();
      for (const auto& pair : node)
        mapping[pair.first.IsNull() ? "null" : pair.first.Scalar()] = FromYaml(pair.second);
      return mapping;
    }
    case YAML::NodeType::Scalar: {
      const std::string text = node.Scalar();
      if (node.Tag() == "!") return text;
      if (text == "true" || text == "false") return text == "true";
      if (!text.empty() && text.find_first_not_of("0123456789") == std::string::npos) return std::stoi(text);
      return text;
    }
    default:
      return nullptr;
  }
}

std::string Escaped(const std::string& segment) {
  std::string escaped;
  for (const char c : segment) {
    if (c == '.' || c == '=' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

// One random edit: its word, and the data afterwards.
struct Edit {
  std::string word;
  Json after;
  bool adds = false;  // and takes nothing away
};

Edit RandomEdit(Writer* writer, const Json& before) {
  Edit edit;
  edit.after = before;
  Json* at = &edit.after;
  Json* parent = nullptr;
  std::string path;
  std::string last;
  const auto step = [&](const std::string& segment) {
    path += (path.empty() ? "" : ".") + Escaped(segment);
    last = segment;
  };
  while (at->is_structured() && !at->empty() && (parent == nullptr || writer->Pick(3) > 0)) {
    auto item = at->begin();
    std::advance(item, writer->Pick(static_cast<int>(at->size())));
    parent = at;
    step(at->is_object() ? item.key() : std::to_string(item - at->begin()));
    at = &*item;
  }
  const Json value = writer->Value(3);
  // In quotes, or as JSON: what the word means is not in doubt.
  const std::string written = value.dump();
  const int kind = writer->Pick(4);
  if (kind == 0 && parent != nullptr) {
    edit.word = "delete=" + path;
    if (parent->is_object())
      parent->erase(last);
    else
      parent->erase(std::stoul(last));
    return edit;
  }
  if (at->is_array() && kind < 3) {
    step("+");
    at->push_back(value);
    edit.adds = true;
  } else if ((at->is_object() || at->is_null()) && kind < 3) {
    std::string key = "new" + std::to_string(writer->Pick(100));
    if (writer->Pick(3) == 0) key = writer->Key();
    step(key);
    if (key == "0" || key == "+") return RandomEdit(writer, before);
    edit.adds = at->is_object() && !at->contains(key);
    if (at->is_null()) *at = Json::object();
    (*at)[key] = value;
  } else if (parent == nullptr) {
    return RandomEdit(writer, before);
  } else {
    *at = value;
  }
  edit.word = "set=" + path + "=" + written;
  return edit;
}

int CountComments(const std::string& text) {
  int count = 0;
  for (size_t at = 0; (at = text.find("# ", at)) != std::string::npos; ++at)
    count += text.compare(at, 10, "# comment ") == 0 || text.compare(at, 9, "# behind ") == 0 ? 1 : 0;
  return count;
}

// An object of nothing, and nothing at all, are the same when the whole document goes.
bool IsSame(const Json& a, const Json& b) { return a == b || (a.is_null() && b.is_object() && b.empty()); }

}  // namespace

TEST_CASE("set-config: random YAML documents, edited as meant or refused") {
  int done = 0;
  int refused = 0;
  for (uint32_t seed = 0; seed < 3000; ++seed) {
    Writer writer(seed);
    Json data = Json::object();
    for (int i = 1 + writer.Pick(5); i > 0; --i) data[writer.Key()] = writer.Value(1);
    const std::string text = writer.Yaml(data);
    CAPTURE(seed);
    CAPTURE(text);
    REQUIRE(FromYaml(YAML::Load(text)) == data);  // the writer writes what it means
    const Edit edit = RandomEdit(&writer, data);
    CAPTURE(edit.word);
    const Result<std::string> edited = Apply("yaml", text, {edit.word});
    if (!edited) {
      ++refused;
      INFO("refused: " << edited.error().message);
      CHECK(edited.error().message.find("not YAML") == std::string::npos);
      continue;
    }
    ++done;
    CAPTURE(*edited);
    REQUIRE(IsSame(FromYaml(YAML::Load(*edited)), edit.after));
    if (edit.adds) CHECK(CountComments(*edited) == CountComments(text));
    const Result<std::string> again = Apply("yaml", *edited, {edit.word});
    if (edit.word.find(".+=") == std::string::npos && edit.word.starts_with("set="))
      CHECK((again && *again == *edited));
  }
  MESSAGE("edited " << done << ", refused " << refused);
  CHECK(done > refused * 50);
}

TEST_CASE("set-config: random JSON documents, edited as meant, never refused") {
  for (uint32_t seed = 0; seed < 2000; ++seed) {
    Writer writer(seed);
    Json data = Json::object();
    for (int i = writer.Pick(6); i > 0; --i) data[writer.Key()] = writer.Value(1);
    const std::string text = data.dump(writer.Pick(5) - 1);
    const Edit edit = RandomEdit(&writer, data);
    CAPTURE(text);
    CAPTURE(edit.word);
    const Result<std::string> edited = Apply("json", text, {edit.word});
    REQUIRE(edited);
    CAPTURE(*edited);
    REQUIRE(Json::parse(*edited) == edit.after);
    // Layout: what is not about the edit is the same at both ends.
    const size_t least = std::min(text.size(), edited->size());
    size_t front = 0;
    while (front < least && text[front] == (*edited)[front]) ++front;
    size_t back = 0;
    while (back < least - front && text[text.size() - 1 - back] == (*edited)[edited->size() - 1 - back])
      ++back;
    const std::string changed = text.substr(front, text.size() - front - back);
    if (edit.adds) CHECK(changed == "");
  }
}

TEST_CASE("set-config: random INI files, edited on one line and nowhere else") {
  std::mt19937 random(3);
  const auto pick = [&](size_t below) { return random() % below; };
  const std::string fillers[] = {"", "# a comment = 1", "; [no section]", "  "};
  for (int round = 0; round < 2000; ++round) {
    const std::string line_break = pick(4) == 0 ? "\r\n" : "\n";
    const std::string delimiter = pick(2) == 0 ? "=" : " = ";
    std::vector<std::string> lines;
    std::vector<size_t> keys;  // lines
    std::vector<Path> paths;   // of them
    for (const std::string section : {"", "one", "two.dots"}) {
      if (!section.empty()) lines.push_back("[" + section + "]");
      for (size_t i = pick(5); i > 0; --i) {
        while (pick(3) == 0) lines.push_back(fillers[pick(std::size(fillers))]);
        const std::string key = "key" + std::to_string(i);
        keys.push_back(lines.size());
        paths.push_back(section.empty() ? Path{key} : Path{section, key});
        lines.push_back(key + delimiter + std::to_string(pick(100)));
      }
      while (pick(3) == 0) lines.push_back(fillers[pick(std::size(fillers))]);
    }
    const auto joined = [&] {
      std::string text;
      for (const std::string& line : lines) text += line + line_break;
      return text;
    };
    if (keys.empty()) continue;
    const std::string text = joined();
    const size_t which = pick(keys.size());
    std::string path;
    for (const std::string& segment : paths[which]) path += (path.empty() ? "" : ".") + Escaped(segment);
    std::string word;
    switch (pick(3)) {
      case 0:
        word = "set=" + path + "=new value=x";
        lines[keys[which]] = paths[which].back() + delimiter + "new value=x";
        break;
      case 1:
        word = "delete=" + path;
        lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(keys[which]));
        break;
      default: {
        // Behind the last key of its section.
        size_t last = which;
        while (last + 1 < keys.size() && paths[last + 1].size() == paths[which].size() &&
               paths[last + 1].front() == paths[which].front())
          ++last;
        if (paths[which].size() == 1)
          while (last + 1 < keys.size() && paths[last + 1].size() == 1) ++last;
        word = "set=" + path + "more=1";
        lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(keys[last] + 1),
                     paths[which].back() + "more" + delimiter + "1");
      }
    }
    CAPTURE(text);
    CAPTURE(word);
    const Result<std::string> edited = Apply("ini", text, {word});
    REQUIRE(edited);
    REQUIRE(*edited == joined());
  }
}

TEST_CASE("set-config: whatever the bytes, an edit ends with a result or a reason") {
  std::mt19937 random(7);
  const std::string pieces[] = {"a",  ":",  " ", "\n",  "-",   "[",  "]",    "{",    "}",  ",",
                                "#",  "\"", "'", "&x",  "*x",  "!t", "|",    ">",    "\t", "0",
                                "\\", "?",  "%", "---", "...", "\r", "\xc3", "\xa4", "=",  "~"};
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (auto count = random() % 24; count > 0; --count) text += pieces[random() % std::size(pieces)];
    const std::string word = round % 3 == 0 ? "delete=a" : round % 3 == 1 ? "set=a=1" : "set=a.+=x y";
    for (const std::string format : {"yaml", "json", "ini"}) {
      CAPTURE(text);
      const Result<std::string> edited = Apply(format, text, {word});
      if (edited && format != "ini" && round % 3 == 1) CHECK(Differences(format, *edited, {word})->empty());
    }
  }
}

}  // namespace kedge::set_config
