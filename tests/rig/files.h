// Small files of a test: read, written whole. What cannot be done throws and so fails the test.
#pragma once

#include <string>
#include <vector>

namespace kedge::rig {

std::string ReadIfThere(const std::string& path);  // "" when it cannot be read
void WriteFile(const std::string& path, const std::string& content, unsigned mode = 0644);
bool Exists(const std::string& path);
std::vector<std::string> Lines(const std::string& text);

}  // namespace kedge::rig
