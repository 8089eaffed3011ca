// The few file operations of `drydock broker`, with errors that name the file.
#pragma once

#include <optional>
#include <string>

#include "core/result.h"

namespace kedge::drydock {

// Nothing when it is not there.
Result<std::optional<std::string>> ReadIfThere(const std::string& path);
// Whole or not at all, also over a power cut; the mode holds from the first byte on.
Result<void> WriteWhole(const std::string& path, const std::string& text, unsigned mode);

// "cannot write F/ca.key: Permission denied", with the number in errno.
Unexpected CannotDo(const std::string& what);

}  // namespace kedge::drydock
