// The frame of a report: one file that loads nothing, runs nothing and submits nothing, and whose
// Content-Security-Policy has a browser see to that. Light and dark as the reader's system is; for paper too.
// Pure.
#pragma once

#include <string>

#include "report/markup.h"

namespace kedge::report {

// The style sheet is allowed by its hash, so that no other style counts, wherever it came from.
extern const char kStyle[];
extern const char kStyleHash[];  // "sha256-...", of kStyle; a test holds it to that

// A whole document. `made`: milliseconds since the epoch; 0: not said.
std::string Page(const std::string& title, Markup body, int64_t made);

// SUCCEEDED, safe, ...: a word in its colour; "" gives nothing.
Markup Word(const std::string& word);
// A long text as it is, in letters of one width, cut to its first and last part when it is longer than `most`
// bytes.
Markup Verbatim(const std::string& text, size_t most);

}  // namespace kedge::report
