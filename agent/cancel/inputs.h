// What options of `kedge cancel` may hold that is more than a word. Private to the room. Pure but for the
// files. Errors are kInvalid, and sentences without the option's name.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "cancel/request.h"
#include "core/result.h"

namespace kedge::cancel {

// `word` itself, or the content of the file when it is file://PATH.
Result<std::string> TextOrFile(const std::string& word, const ReadFile& read);

// k=v,k2=v2 as the aws command takes a map (a value in single or double quotes may hold commas; a backslash
// takes the next character as it is), or a JSON object. Both in a file, too.
Result<nlohmann::json> ReadDetails(const std::string& word, const ReadFile& read);

// A whole request as one document: JSON text, a file's path, or file://PATH. Nobody may be left in doubt
// about a member that is misspelt: unknown ones are refused.
enum class Language { kJson, kYaml };
Result<nlohmann::json> ReadDocument(const std::string& word, Language language, const ReadFile& read);

// The members that a document may have, "jobId, ...".
std::string KnownMembers();

}  // namespace kedge::cancel
