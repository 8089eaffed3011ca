#include "report/redact.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace kedge::report {
namespace {

constexpr std::array<std::string_view, 11> kSecretWords = {
    "password",      "passwd", "passphrase", "secret",     "token",    "credential",
    "authorization", "apikey", "accesskey",  "privatekey", "signature"};

bool IsNameChar(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.';
}
bool IsBlank(char c) { return c == ' ' || c == '\t'; }
// What ends a word in prose, JSON and shell.
bool EndsWord(char c) {
  return std::isspace(static_cast<unsigned char>(c)) != 0 ||
         std::string_view("\"'`<>,;&|(){}[]\\").find(c) != std::string_view::npos;
}

bool IsSecretName(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    if (c != '-' && c != '_' && c != '.')
      plain += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return std::any_of(kSecretWords.begin(), kSecretWords.end(),
                     [&plain](std::string_view word) { return plain.find(word) != std::string::npos; });
}

// One pass over the text; each rule looks at what stands at the place and either takes it or leaves it to the
// next.
class Redaction {
 public:
  explicit Redaction(std::string_view text) : text_(text) {}

  std::string Run() {
    while (at_ < text_.size()) {
      if (!TakePem() && !TakeUrl() && !TakeAccessKey() && !TakeNamed()) Copy(1);
    }
    return std::move(out_);
  }

 private:
  std::string_view Rest() const { return text_.substr(at_); }
  void Copy(size_t count) {
    out_ += text_.substr(at_, count);
    at_ += count;
  }
  void LeaveOut(size_t count) {
    if (count > 0) out_ += kLeftOut;
    at_ += count;
  }
  bool BeginsWord() const { return at_ == 0 || !IsNameChar(text_[at_ - 1]); }

  bool TakePem() {
    constexpr std::string_view kBegin = "-----BEGIN ", kEnd = "-----END ", kDashes = "-----";
    if (!Rest().starts_with(kBegin)) return false;
    const size_t end = Rest().find(kEnd);
    const size_t close = end == std::string_view::npos ? end : Rest().find(kDashes, end + kEnd.size());
    // Cut off, it is a secret to its end.
    LeaveOut(close == std::string_view::npos ? Rest().size() : close + kDashes.size());
    return true;
  }

  bool TakeUrl() {
    constexpr std::string_view kMark = "://";
    if (!Rest().starts_with(kMark)) return false;
    Copy(kMark.size());
    size_t end = 0;
    while (end < Rest().size() && !EndsUrl(Rest()[end])) ++end;
    const std::string_view url = Rest().substr(0, end);
    const size_t path = std::min(url.find_first_of("/?"), url.size());
    if (const size_t user = url.substr(0, path).rfind('@'); user != std::string_view::npos) {
      LeaveOut(user);
      Copy(path - user);
    } else {
      Copy(path);
    }
    const size_t query = std::min(url.find('?', path), url.size());
    Copy(query - path);
    if (query < url.size()) {
      Copy(1);
      LeaveOut(url.size() - query - 1);
    }
    return true;
  }
  // Commas and '&' are of the query; a quote, a blank or a bracket is not.
  static bool EndsUrl(char c) {
    return std::isspace(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("\"'`<>\\").find(c) != std::string_view::npos;
  }

  bool TakeAccessKey() {
    constexpr size_t kLength = 20;
    if (!BeginsWord() || !(Rest().starts_with("AKIA") || Rest().starts_with("ASIA"))) return false;
    size_t end = 0;
    while (end < Rest().size() && std::isalnum(static_cast<unsigned char>(Rest()[end])) != 0) ++end;
    if (end != kLength) return false;
    LeaveOut(end);
    return true;
  }

  // A word; if it is the name of a secret, its value goes as well.
  bool TakeNamed() {
    if (!BeginsWord() || !IsNameChar(Rest().front())) return false;
    size_t end = 0;
    while (end < Rest().size() && IsNameChar(Rest()[end])) ++end;
    const std::string_view name = Rest().substr(0, end);
    Copy(end);
    if (!IsSecretName(name)) return true;
    if (name.starts_with("--") && !Rest().empty() && (Rest().front() == ',' || Rest().front() == ' ')) {
      Copy(1);
      TakeValue(Unquoted::kWord);
      return true;
    }
    // The name's own closing quote, as in JSON, and blanks around the mark.
    size_t mark = 0;
    while (mark < Rest().size() && (Rest()[mark] == '\\' || Rest()[mark] == '"' || Rest()[mark] == '\''))
      ++mark;
    const bool is_json = mark > 0;
    while (mark < Rest().size() && IsBlank(Rest()[mark])) ++mark;
    if (mark == Rest().size()) return true;
    // An option among the strings of a list has its value in the next one.
    const bool is_next = is_json && name.starts_with("--") && Rest()[mark] == ',';
    if (!is_next && Rest()[mark] != '=' && Rest()[mark] != ':') return true;
    const bool is_colon = Rest()[mark] == ':';
    Copy(mark + 1);
    size_t blanks = 0;
    while (blanks < Rest().size() && IsBlank(Rest()[blanks])) ++blanks;
    Copy(blanks);
    TakeValue(!is_colon ? Unquoted::kWord : is_json ? Unquoted::kJson : Unquoted::kLine);
    return true;
  }

  // Where a value ends that is in no quotes.
  enum class Unquoted { kWord, kLine, kJson };
  bool Ends(char c, Unquoted kind) const {
    if (c == '\n') return true;
    if (kind == Unquoted::kLine) return false;
    return kind == Unquoted::kJson ? std::string_view(",}]\"\\").find(c) != std::string_view::npos
                                   : EndsWord(c);
  }

  // In quotes, also escaped ones: up to the same quote.
  void TakeValue(Unquoted kind) {
    size_t slashes = 0;
    while (slashes < Rest().size() && Rest()[slashes] == '\\') ++slashes;
    if (slashes < Rest().size() && (Rest()[slashes] == '"' || Rest()[slashes] == '\'')) {
      const std::string quote(Rest().substr(0, slashes + 1));
      Copy(quote.size());
      return LeaveOut(ToQuote(quote));
    }
    if (!Rest().empty() && (Rest().front() == '{' || Rest().front() == '[')) return LeaveOut(ToBracket());
    size_t end = 0;
    while (end < Rest().size() && !Ends(Rest()[end], kind)) ++end;
    LeaveOut(end);
  }

  // Behind the bracket that closes the first one. One in a string is counted as well: then it is more, or
  // less by a piece of a string whose name was no secret's.
  size_t ToBracket() const {
    size_t depth = 0;
    for (size_t i = 0; i < Rest().size(); ++i) {
      const char c = Rest()[i];
      if (c == '{' || c == '[') ++depth;
      if ((c == '}' || c == ']') && --depth == 0) return i + 1;
    }
    return Rest().size();
  }

  size_t ToQuote(const std::string& quote) const {
    for (size_t end = Rest().find(quote); end != std::string_view::npos; end = Rest().find(quote, end + 1)) {
      size_t slashes = 0;
      while (slashes < end && Rest()[end - slashes - 1] == '\\') ++slashes;
      if (slashes == 0 || (quote.size() > 1 && slashes % 2 == 0)) return end;
    }
    return Rest().size();
  }

  const std::string_view text_;
  size_t at_ = 0;
  std::string out_;
};

}  // namespace

std::string WithoutSecrets(std::string_view text) { return Redaction(text).Run(); }

}  // namespace kedge::report
