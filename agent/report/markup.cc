#include "report/markup.h"

#include <cstdio>

#include "core/utf8.h"

namespace kedge::report {
namespace {

void AppendUtf8(std::string& text, char32_t code_point) {
  const auto byte = [&text](char32_t value) { text += static_cast<char>(static_cast<unsigned char>(value)); };
  byte(0xE0 | code_point >> 12);  // of three bytes, as the pictures of control characters are
  byte(0x80 | (code_point >> 6 & 0x3F));
  byte(0x80 | (code_point & 0x3F));
}

void AppendName(std::string& text, char32_t code_point) {
  char name[16];
  std::snprintf(name, sizeof name, "<U+%04X>", static_cast<unsigned>(code_point));
  text += name;
}

// For text and for attribute values between double quotes.
void AppendEscaped(std::string& html, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '&':
        html += "&amp;";
        break;
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '"':
        html += "&quot;";
        break;
      case '\'':
        html += "&#39;";
        break;
      default:
        html += c;
    }
  }
}

}  // namespace

std::string Visible(std::string_view text) {
  std::string seen;
  seen.reserve(text.size());
  while (!text.empty()) {
    const Utf8Char next = FirstUtf8Char(text);
    const std::string_view bytes = text.substr(0, next.bytes);
    text.remove_prefix(next.bytes);
    const char32_t c = next.code_point;
    if (!next.valid) {
      seen += "\xEF\xBF\xBD";
    } else if (c == '\r' && text.starts_with('\n')) {
      continue;
    } else if (c == '\n' || c == '\t') {
      seen += bytes;
    } else if (c < 0x20) {
      AppendUtf8(seen, 0x2400 + c);
    } else if (c == 0x7F) {
      AppendUtf8(seen, 0x2421);
    } else if (IsOtherCharacter(c)) {
      AppendName(seen, c);
    } else {
      seen += bytes;
    }
  }
  return seen;
}

void Markup::Start(Name tag, Attributes attributes) {
  html_ += '<';
  html_ += tag.text();
  for (const Attribute& attribute : attributes) {
    html_ += ' ';
    html_ += attribute.name.text();
    html_ += "=\"";
    AppendEscaped(html_, Visible(attribute.value));
    html_ += '"';
  }
}

Markup& Markup::Open(Name tag, Attributes attributes) {
  Start(tag, attributes);
  html_ += '>';
  open_.push_back(tag.text());
  return *this;
}

Markup& Markup::Close() {
  if (open_.empty()) return *this;
  html_ += "</";
  html_ += open_.back();
  html_ += ">";
  open_.pop_back();
  return *this;
}

Markup& Markup::Leaf(Name tag, Attributes attributes, std::string_view text) {
  return Open(tag, attributes).Text(text).Close();
}

Markup& Markup::Empty(Name tag, Attributes attributes) {
  Start(tag, attributes);
  html_ += " />";
  return *this;
}

Markup& Markup::Text(std::string_view text) {
  AppendEscaped(html_, Visible(text));
  return *this;
}

Markup& Markup::Add(Markup other) {
  html_ += other.Take();
  return *this;
}

Markup& Markup::Style(const char* sheet) {
  html_ += "<style>";
  html_ += sheet;
  html_ += "</style>";
  return *this;
}

std::string Markup::Take() {
  while (!open_.empty()) Close();
  return std::move(html_);
}

}  // namespace kedge::report
