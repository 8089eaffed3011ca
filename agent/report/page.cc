#include "report/page.h"

#include <array>
#include <cctype>
#include <string_view>

#include "core/utf8.h"
#include "report/times.h"

namespace kedge::report {
namespace {

// What a word says about the device.
std::string_view ToneOf(std::string_view word) {
  for (const std::string_view good : {"SUCCEEDED", "safe", "agrees", "committed"}) {
    if (word == good) return "good";
  }
  for (const std::string_view bad : {"unsafe", "differs"}) {
    if (word == bad) return "bad";
  }
  for (const std::string_view doubt : {"unknown", "FAILED", "REJECTED", "TIMED_OUT", "in doubt"}) {
    if (word == doubt) return "doubt";
  }
  return "plain";
}

}  // namespace

std::string Page(const std::string& title, Markup body, int64_t made) {
  Markup html;
  html.Open("html", {{"lang", "en"}}).Open("head", {});
  html.Empty("meta", {{"charset", "utf-8"}});
  html.Empty("meta", {{"http-equiv", "Content-Security-Policy"},
                      {"content", std::string("default-src 'none'; style-src '") + kStyleHash +
                                      "'; base-uri 'none'; form-action 'none'"}});
  html.Empty("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}});
  html.Empty("meta", {{"name", "referrer"}, {"content", "no-referrer"}});
  html.Empty("meta", {{"name", "generator"}, {"content", "Kedge " KEDGE_VERSION}});
  html.Leaf("title", {}, title);
  html.Style(kStyle).Close();
  html.Open("body", {}).Open("main", {}).Add(std::move(body)).Close();
  html.Leaf("footer", {},
            "Made by Kedge " KEDGE_VERSION + (made == 0 ? std::string() : " at " + Moment(made)) +
                ". All times are UTC.");
  return "<!DOCTYPE html>\n" + html.Take() + "\n";
}

Markup Word(const std::string& word) {
  Markup html;
  if (!word.empty()) html.Leaf("span", {{"class", "word " + std::string(ToneOf(word))}}, word);
  return html;
}

Markup Verbatim(const std::string& text, size_t most) {
  Markup html;
  if (text.size() <= most) return std::move(html.Leaf("pre", {}, text));
  // The end tells more than the beginning: a quarter and three quarters.
  const std::string whole = ValidUtf8(text);
  const std::string_view head = HeadOfUtf8(whole, most / 4);
  const std::string_view tail = TailOfUtf8(whole, most - most / 4);
  html.Leaf("pre", {}, head);
  html.Leaf("p", {{"class", "left-out"}},
            std::to_string(whole.size() - head.size() - tail.size()) + " bytes are left out here");
  return std::move(html.Leaf("pre", {}, tail));
}

}  // namespace kedge::report
