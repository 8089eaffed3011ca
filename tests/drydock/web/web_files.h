// The files of drydock's web page, in the program: made of the files beside this one when it is built
// (embed.cmake), so that there is nothing to install and nothing to find.
#pragma once

#include <string_view>

namespace kedge::drydock {

struct WebFile {
  std::string_view content_type;
  std::string_view text;
};

// Null: there is no such file.
const WebFile* FindWebFile(std::string_view name);

}  // namespace kedge::drydock
