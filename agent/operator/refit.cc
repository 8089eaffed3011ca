#include "operator/refit.h"

#include <algorithm>

#include "operator/terminal.h"

namespace kedge::op {
namespace {

constexpr size_t kLeast = 24;  // columns, to be worth wrapping in

size_t IndentOf(const std::string& line) { return std::min(line.find_first_not_of(' '), line.size()); }

// Behind the last wide gap, where an explanation stands beside what it explains; else where the line begins.
size_t HangingOf(const std::string& line) {
  const size_t gap = line.rfind("  ");
  return gap == std::string::npos || gap < IndentOf(line) ? IndentOf(line) : gap + 2;
}

class Refitting {
 public:
  Refitting(size_t width, bool joins) : width_(width), joins_(joins) {}

  void Add(const std::string& line) {
    is_example_ = line == "Examples:" || (is_example_ && line.starts_with("  "));
    const bool goes_on = !text_.empty() && !line.empty() && IndentOf(line) == hanging_;
    if (joins_ && goes_on && !is_example_) {
      text_ += " " + line.substr(hanging_);
      return;
    }
    EndParagraph();
    if (line.empty() || is_example_ || line.ends_with(':')) {
      page_ += line + "\n";
    } else {
      text_ = line;
      hanging_ = HangingOf(line);
    }
  }
  std::string Take() {
    EndParagraph();
    return std::move(page_);
  }

 private:
  void EndParagraph() {
    if (text_.empty()) return;
    std::string begin = text_.substr(0, hanging_);
    for (const std::string& part :
         Wrap(text_.substr(hanging_), width_ >= hanging_ + kLeast ? width_ - hanging_ : 0)) {
      page_ += begin + part + "\n";
      begin = std::string(hanging_, ' ');
    }
    text_.clear();
  }

  const size_t width_;
  const bool joins_;  // lines that are one paragraph
  std::string page_;
  std::string text_;  // of a paragraph that may go on
  size_t hanging_ = 0;
  bool is_example_ = false;
};

std::string Fitted(const std::string& text, size_t width, bool joins) {
  Refitting refitting(width, joins);
  bool fits = true;
  for (size_t from = 0; from < text.size();) {
    const size_t to = std::min(text.find('\n', from), text.size());
    const std::string line = text.substr(from, to - from);
    fits = fits && WidthOf(line) <= width;
    refitting.Add(line);
    from = to + 1;
  }
  return width == 0 || fits ? text : refitting.Take();
}

}  // namespace

std::string Refit(const std::string& help, size_t width) { return Fitted(help, width, true); }

std::string WrapLines(const std::string& text, size_t width) { return Fitted(text, width, false); }

}  // namespace kedge::op
