// Editing keys in a configuration file's text: what set-config's program `edit` does. SET-CONFIG.md says what
// the words mean. Nothing here touches a file.
#pragma once

#include <string>
#include <vector>

#include "core/result.h"

namespace kedge::set_config {

// `format`: "yaml", "json" or "ini"; `words`: set=PATH=VALUE, delete=PATH, inline=comment|value.

// Whether the words make sense at all, whatever the file. kInvalid with the reason otherwise.
Result<void> Check(const std::string& format, const std::vector<std::string>& words);
// `text` after all edits, one after the other; byte for byte the same outside of them. kInvalid with the
// reason.
Result<std::string> Apply(const std::string& format, const std::string& text,
                          const std::vector<std::string>& words);
// What the text does not have as the words say, a sentence each, without the values, which may be secrets.
// kCorrupt when it cannot be told.
Result<std::vector<std::string>> Differences(const std::string& format, const std::string& text,
                                             const std::vector<std::string>& words);

}  // namespace kedge::set_config
