#include "field/census.h"

#include <openssl/evp.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>

#include "rig/files.h"

namespace kedge::field {
namespace {

const std::vector<std::string> kStanding = {
    "/etc", "/usr", "/opt", "/srv", "/var/lib/dpkg/info", "/var/lib/systemd/deb-systemd-helper-enabled"};

// Not part of what a job does: passwd's own backups, of whatever its tools did last, and Kedge's own
// configuration.
const std::set<std::string> kLeftOut = {"/etc/passwd-", "/etc/group-",  "/etc/shadow-", "/etc/gshadow-",
                                        "/etc/subuid-", "/etc/subgid-", "/etc/kedge"};

// Each section's lines become entries. dpkg verifies the packages that the test brought, for all take it two
// seconds, and the files of all are hashed above. Properties of units are those that a MainPID or a time does
// not change.
constexpr const char* kQuestions = R"(
ask() { echo "#### $*"; "$@" 2>&1 || true; }
export LC_ALL=C COLUMNS=200
ask dpkg -l --no-pager
ask dpkg --audit
ask dpkg --verify $(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' 'kedge-demo-*' 2>/dev/null | sed -n 's/^.[iUFWt]. //p')
ask dpkg-query -W -f '${Package} ${Architecture} ${Version} ${db:Status-Abbrev} ${Conffiles}\n'
ask dpkg --get-selections
ask apt-mark showhold
ask apt-mark showauto
ask apt-mark showmanual
ask systemctl --failed --plain --no-legend --no-pager
ask getent passwd
ask getent group
ask ls -A /run/systemd/system /run/systemd/shutdown /etc/systemd/system
for unit; do
  echo "#### unit $unit"
  systemctl show --no-pager -p LoadState,ActiveState,SubState,UnitFileState,FragmentPath,DropInPaths,NeedDaemonReload -- "$unit"
done
)";

std::string Attributes(const std::string& path) {
  std::array<char, 4096> names{};
  const ssize_t length = llistxattr(path.c_str(), names.data(), names.size());
  std::set<std::string> texts;
  for (ssize_t at = 0; at < length;) {
    const std::string name = names.data() + at;
    std::array<char, 4096> value{};
    const ssize_t size = lgetxattr(path.c_str(), name.c_str(), value.data(), value.size());
    std::ostringstream text;
    text << " " << name << "=" << std::hex;
    for (ssize_t i = 0; i < size; ++i)
      text << static_cast<int>(static_cast<unsigned char>(value.at(static_cast<std::size_t>(i)))) << ".";
    texts.insert(text.str());
    at += static_cast<ssize_t>(name.size()) + 1;
  }
  std::string all;
  for (const std::string& text : texts) all += text;
  return all;
}

std::string Sha256Of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_DigestInit_ex(context, EVP_sha256(), nullptr);
  std::array<char, 65536> block{};
  while (in.read(block.data(), block.size()) || in.gcount() > 0) {
    EVP_DigestUpdate(context, block.data(), static_cast<std::size_t>(in.gcount()));
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> sum{};
  unsigned length = 0;
  EVP_DigestFinal_ex(context, sum.data(), &length);
  EVP_MD_CTX_free(context);
  std::string text;
  for (unsigned i = 0; i < length; ++i) {
    std::array<char, 3> digits{};
    std::snprintf(digits.data(), digits.size(), "%02x", sum.at(i));
    text += digits.data();
  }
  return text;
}

std::string Nanoseconds(const timespec& time) {
  return std::to_string(time.tv_sec) + "." + std::to_string(time.tv_nsec);
}

void AddAnswers(const std::string& text, Census& census) {
  std::string section;
  std::map<std::string, int> seen;
  for (const std::string& line : rig::Lines(text)) {
    if (line.starts_with("#### ")) {
      section = line.substr(5);
    } else if (section.starts_with("unit ") && line.find('=') != std::string::npos) {
      census[section + " " + line.substr(0, line.find('='))] = line.substr(line.find('=') + 1);
    } else {
      census[section + ": " + line] =
          "there" + std::string(static_cast<std::size_t>(seen[section + line]++), '+');
    }
  }
}

}  // namespace

std::string Surveyor::Hash(const std::string& file) {
  struct stat found {};
  if (lstat(file.c_str(), &found) != 0) return "gone";
  const std::string key = std::to_string(found.st_dev) + " " + std::to_string(found.st_ino) + " " +
                          std::to_string(found.st_size) + " " + Nanoseconds(found.st_mtim) + " " +
                          Nanoseconds(found.st_ctim);
  std::string& known = hashes_[key];
  if (known.empty()) known = Sha256Of(file);
  return known;
}

void Surveyor::AddTree(const std::string& path, bool exact, Census& census) {
  if (kLeftOut.contains(path)) return;
  const std::string outside = device_.Path(path);
  struct stat found {};
  if (lstat(outside.c_str(), &found) != 0) return;
  std::ostringstream facts;
  facts << std::oct << found.st_mode << std::dec << " " << found.st_uid << ":" << found.st_gid;
  if (S_ISREG(found.st_mode)) facts << " size " << found.st_size << " sha256 " << Hash(outside);
  if (S_ISLNK(found.st_mode)) facts << " -> " << std::filesystem::read_symlink(outside).string();
  if (S_ISCHR(found.st_mode) || S_ISBLK(found.st_mode)) facts << " device " << found.st_rdev;
  if (!S_ISDIR(found.st_mode)) facts << " names " << found.st_nlink;
  if (exact) facts << " mtime " << Nanoseconds(found.st_mtim);
  census["file " + path] = facts.str() + Attributes(outside);
  if (!S_ISDIR(found.st_mode)) return;
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(outside))
    names.push_back(entry.path().filename());
  for (const std::string& name : names) AddTree(path + "/" + name, exact, census);
}

Census Surveyor::Take(const Subject& subject) {
  Census census;
  for (const std::string& path : kStanding) AddTree(path, false, census);
  for (const std::string& path : subject.paths) AddTree(path, false, census);
  for (const std::string& path : subject.exact) AddTree(path, true, census);
  std::vector<std::string> argv = {"/bin/sh", "-c", kQuestions, "census"};
  argv.insert(argv.end(), subject.units.begin(), subject.units.end());
  const rig::Finished answers = device_.Run(argv);
  if (answers.status != 0) throw std::runtime_error("no census: " + answers.err);
  AddAnswers(answers.out, census);
  return census;
}

Census AcrossBoots(Census census) {
  std::erase_if(census, [](const auto& entry) {
    const std::string& what = entry.first;
    return what.ends_with(" ActiveState") || what.ends_with(" SubState") ||
           what.ends_with(" NeedDaemonReload") || what.starts_with("systemctl --failed") ||
           what.starts_with("ls -A /run");
  });
  return census;
}

std::string Differences(const Census& before, const Census& after, int most) {
  std::vector<std::string> lines;
  for (const auto& [what, was] : before) {
    const auto found = after.find(what);
    if (found == after.end())
      lines.push_back(what + ": gone, was " + was);
    else if (found->second != was)
      lines.push_back(what + ": " + found->second + ", was " + was);
  }
  for (const auto& [what, is] : after) {
    if (!before.contains(what)) lines.push_back(what + ": new, " + is);
  }
  std::string text;
  for (std::size_t i = 0; i < lines.size() && i < static_cast<std::size_t>(most); ++i)
    text += lines[i] + "\n";
  if (lines.size() > static_cast<std::size_t>(most)) {
    text += "... " + std::to_string(lines.size()) + " differences in all\n";
  }
  return text;
}

}  // namespace kedge::field
