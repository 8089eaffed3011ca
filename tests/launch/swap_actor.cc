// The compiled handler of swap_race, good or evil: what is written over its role decides. One static program
// without the sanitizers, so that it starts quickly.
#include <fcntl.h>
#include <unistd.h>

#include <cstring>

namespace {

// In a copy: "GOOD", or "EVIL\0NAME\0FILE": says NAME on stdout and in FILE. Found by its first bytes.
constexpr size_t kRoleBytes = 512;
volatile char role[kRoleBytes] = "KEDGE-SWAP-ROLE";

void Say(int fd, const char* text) {
  if (write(fd, text, std::strlen(text)) < 0) _exit(4);
}

}  // namespace

int main() {
  char mine[kRoleBytes];
  for (size_t i = 0; i < kRoleBytes; ++i) mine[i] = role[i];
  if (std::strcmp(mine, "GOOD") == 0) {
    Say(1, "good\n");
    return 0;
  }
  if (std::strcmp(mine, "EVIL") != 0) return 3;  // nobody gave it a role
  const char* name = mine + std::strlen(mine) + 1;
  const char* file = name + std::strlen(name) + 1;
  Say(open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666), name);
  Say(1, "EVIL ");
  Say(1, name);
  return 0;
}
