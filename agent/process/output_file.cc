#include "process/output_file.h"

namespace kedge::process {

void OutputFile::Append(const std::string& heading, std::string_view bytes) {
  if (bytes.empty()) return;
  if (heading != heading_) {
    file_.Write((line_open_ ? "\n" : "") + std::string("--- ") + heading + "\n");
    heading_ = heading;
  }
  file_.Write(bytes);
  line_open_ = bytes.back() != '\n';
}

}  // namespace kedge::process
