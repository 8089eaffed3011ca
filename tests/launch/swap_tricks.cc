#include "swap_tricks.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include "sys/files.h"

namespace kedge::launch {
namespace {

constexpr unsigned kStranger = 65534;

void Must(int result, const std::string& what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
}

void Write(const std::string& path, const std::string& content, mode_t mode = 0755) {
  if (auto written = sys::WriteFileAtomic(path, content, mode); !written) {
    throw std::runtime_error(written.error().message);
  }
  Must(chmod(path.c_str(), mode), "chmod " + path);  // whatever the umask
}

void MakeFolder(const std::string& path, mode_t mode) {
  Must(mkdir(path.c_str(), 0700), "mkdir " + path);
  Must(chmod(path.c_str(), mode), "chmod " + path);
}

void Exchange(const std::string& a, const std::string& b) {
  Must(renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE), "exchange " + a + ", " + b);
}

// A program that runs at this moment cannot be opened for writing.
int OpenToWrite(const std::string& path) {
  int fd = -1;
  do {
    fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  } while (fd < 0 && errno == ETXTBSY);
  Must(fd, "open " + path);
  return fd;
}

void Rewrite(const std::string& path, const std::string& content, size_t at, size_t size) {
  const sys::Fd fd(OpenToWrite(path));
  Must(static_cast<int>(pwrite(fd.get(), content.data() + at, size, static_cast<off_t>(at))), "rewrite");
}

}  // namespace

Playground::Playground(std::string base, Shape shape, const Images& images)
    : handlers_(base + "/handlers"),
      store_(base + "/store"),
      evil_(base + "/evil"),
      shape_(shape),
      images_(images) {
  MakeFolder(store_, 0755);
  MakeFolder(evil_, 0755);
  MakeHandlers(handlers_, images_.Good());
  program_ = handlers_ + (shape_ == Shape::kFolder ? "/pack/run" : "/run");
  AddFileTricks();
  AddRewritingTricks();
  AddFolderTricks(handlers_, "handlers");
  if (shape_ == Shape::kFolder) AddFolderTricks(handlers_ + "/pack", "pack");
}

void Playground::MakeHandlers(const std::string& at, const std::string& content) const {
  MakeFolder(at, 0755);
  if (shape_ == Shape::kFolder) MakeFolder(at + "/pack", 0755);
  Write(at + (shape_ == Shape::kFolder ? "/pack/run" : "/run"), content);
}

std::string Playground::Evil(const std::string& trick) const {
  auto content = images_.Evil(trick);
  Write(EvilFile(trick), content);
  return content;
}

void Playground::AddExchange(const std::string& name, const std::string& place, const std::string& other,
                             bool has_evil) {
  const auto exchange = [place, other] { Exchange(place, other); };
  tricks_.push_back({name, has_evil, exchange, exchange});
}

void Playground::AddFileTricks() {
  const auto file = [this](const std::string& name, mode_t mode, unsigned owner) {
    Write(store_ + "/" + name, Evil(name), mode);
    Must(chown((store_ + "/" + name).c_str(), owner, owner), "chown");
    AddExchange(name, program_, store_ + "/" + name);
  };
  file("of-a-stranger", 0755, kStranger);
  file("writable-by-all", 0777, 0);
  file("writable-by-group", 0775, 0);

  Write(evil_ + "/linked", Evil("hard-link"));
  Must(chown((evil_ + "/linked").c_str(), kStranger, kStranger), "chown");
  Must(link((evil_ + "/linked").c_str(), (store_ + "/hard-link").c_str()), "link");
  AddExchange("hard-link", program_, store_ + "/hard-link");

  Evil("symbolic-link");
  Must(symlink(EvilFile("symbolic-link").c_str(), (store_ + "/symbolic-link").c_str()), "symlink");
  AddExchange("symbolic-link", program_, store_ + "/symbolic-link");

  Must(mkfifo((store_ + "/fifo").c_str(), 0755), "mkfifo");
  AddExchange("fifo", program_, store_ + "/fifo", false);
  MakeFolder(store_ + "/folder", 0755);
  AddExchange("folder", program_, store_ + "/folder", false);
  Write(store_ + "/another-good-one", images_.Good());
  AddExchange("another-good-one", program_, store_ + "/another-good-one", false);
  tricks_.push_back({"missing", false,
                     [this] { Must(rename(program_.c_str(), (store_ + "/away").c_str()), "rename"); },
                     [this] { Must(rename((store_ + "/away").c_str(), program_.c_str()), "rename"); }});
}

// In place: the same file, by name and number, before and after.
void Playground::AddRewritingTricks() {
  const auto rewrite = [this](const std::string& content) {
    Rewrite(program_, content, images_.block_at(), images_.block_size());
  };
  const auto add = [&](const std::string& name, mode_t open_mode) {
    tricks_.push_back({name, true,
                       [this, rewrite, open_mode, evil = Evil(name)] {
                         Must(chmod(program_.c_str(), open_mode), "chmod");
                         rewrite(evil);
                       },
                       [this, rewrite, good = images_.Good()] {
                         rewrite(good);
                         Must(chmod(program_.c_str(), 0755), "chmod");
                       }});
  };
  add("rewritten-while-0777", 0777);
  add("rewritten-while-0666", 0666);
  // An owner can also set the times back, to what they were while all was well.
  const std::string name = "rewritten-while-given-away";
  const auto times = [this](bool restore) {
    static struct stat before {};  // in the swapper's process only
    if (!restore) return Must(stat(program_.c_str(), &before), "stat");
    const timespec both[] = {before.st_atim, before.st_mtim};
    Must(utimensat(AT_FDCWD, program_.c_str(), both, 0), "utimensat");
  };
  tricks_.push_back({name, true,
                     [this, rewrite, times, evil = Evil(name)] {
                       times(false);
                       Must(chown(program_.c_str(), kStranger, kStranger), "chown");
                       rewrite(evil);
                       times(true);
                     },
                     [this, rewrite, times, good = images_.Good()] {
                       rewrite(good);
                       times(true);
                       Must(chown(program_.c_str(), 0, 0), "chown");
                       Must(chmod(program_.c_str(), 0755), "chmod");  // chown took no bit of these away
                     }});
}

// The folder itself is not what it was, and what lies in it is root's.
void Playground::AddFolderTricks(const std::string& folder, const std::string& word) {
  const std::string within = program_.substr(folder.size());
  const auto copy_with = [&](const std::string& name) {
    std::string copy = store_ + "/" + name;
    if (within == "/run") {
      MakeFolder(copy, 0755);
      Write(copy + within, Evil(name));
    } else {
      MakeHandlers(copy, Evil(name));
    }
    return copy;
  };
  const std::string open = copy_with(word + "-writable");
  Must(chmod(open.c_str(), 0777), "chmod");
  AddExchange(word + "-writable", folder, open);
  const std::string theirs = copy_with(word + "-of-a-stranger");
  Must(chown(theirs.c_str(), kStranger, kStranger), "chown");
  AddExchange(word + "-of-a-stranger", folder, theirs);
  const std::string linked = copy_with(word + "-symbolic-link");
  const std::string link = store_ + "/" + word + "-link";
  Must(symlink(linked.c_str(), link.c_str()), "symlink");
  // The configured folder itself may be reached through a link: then the path has to fail by what is there.
  if (folder == handlers_) Must(chmod(linked.c_str(), 0777), "chmod");
  AddExchange(word + "-symbolic-link", folder, link);
  // Made writable, and then somebody puts in there what is root's: as by exchanging two of root's programs.
  const std::string name = word + "-opened";
  Write(store_ + "/" + name, Evil(name));
  tricks_.push_back({name, true,
                     [this, folder, name] {
                       Must(chmod(folder.c_str(), 0777), "chmod");
                       Exchange(program_, store_ + "/" + name);
                     },
                     [this, folder, name] {
                       Exchange(program_, store_ + "/" + name);
                       Must(chmod(folder.c_str(), 0755), "chmod");
                     }});
}

}  // namespace kedge::launch
