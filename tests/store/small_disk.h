// A small file system of the test's own, to be filled or made read-only.
#pragma once

#include <functional>
#include <optional>
#include <string>

namespace kedge::store {

// Runs `body` in a child with a tmpfs of `size` ("2m") at `folder`; what it returns: "" is well. nullopt:
// this system lets nobody mount here.
std::optional<std::string> OnSmallDisk(const std::string& folder, const std::string& size,
                                       const std::function<std::string()>& body);

// Runs `body` in a child that ends without any destructor, and gives what it returned. For use inside
// OnSmallDisk.
std::string InChild(const std::function<std::string()>& body);

// Only there: writes `path` until not one byte more fits.
void FillDisk(const std::string& path);
// Only there.
bool SetReadOnly(const std::string& folder, bool read_only);

}  // namespace kedge::store
