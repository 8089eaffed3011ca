// One step of download-file, with less patience than the real one has: pauses between attempts are written
// down and not waited for, and a stall is one second. The programs are the real ones otherwise.
#pragma once

#include <sys/stat.h>

#include <string>
#include <vector>

#include "handlers/handler_case.h"
#include "handlers/listing.h"

namespace kedge::testing {

class DownloadCase : public HandlerCase {
 public:
  DownloadCase() : HandlerCase("download-file") {
    // Of sleeps, only the watch's for one second is real.
    AddProgram("sleep", "#!/bin/sh\n[ \"$1\" != 1 ] || exec /bin/sleep 1\necho \"$1\" >>" +
                            (programs_ / "pauses") + "\n");
    AddProgram("curl", "#!/bin/sh\nexec /usr/bin/curl \"$@\" --speed-time 1\n");
  }

  Environment For(const std::string& verb, const std::string& expect = "") const {
    Environment environment = HandlerCase::For(verb, expect);
    environment["PATH"] = programs_.path() + ":/usr/sbin:/usr/bin:/sbin:/bin";
    environment["KEDGE_STATUS_FD"] = "1";
    for (const auto& [name, value] : more_) environment[name] = value;
    return environment;
  }
  Finished Call(const std::string& verb, const std::vector<std::string>& args,
                const std::string& expect = "") const {
    return Run(Command(verb, args), For(verb, expect));
  }

  // Found before the real one.
  void AddProgram(const std::string& name, const std::string& script) const {
    WriteAll(programs_ / name, script);
    chmod((programs_ / name).c_str(), 0755);
  }
  void Set(const std::string& name, const std::string& value) { more_[name] = value; }
  // The pauses so far, "2 4 8 ".
  std::string Pauses() const {
    std::string pauses = ReadAll(programs_ / "pauses");
    for (char& c : pauses)
      if (c == '\n') c = ' ';
    return pauses;
  }
  // Everything in the place; the time of the place itself is not guarded.
  Listing Inside() const {
    Listing listing = List({place()});
    listing.erase(place());
    return listing;
  }

 private:
  TemporaryFolder programs_;
  Environment more_;
};

}  // namespace kedge::testing
