// What the animals of the zoo share. An animal is called as `zoo ANIMAL FOLDER [ARGUMENT...]`; FOLDER is
// where its program lies: everything that it starts is executed from there, and that is how a test finds it,
// whatever it does to its name, its arguments and its environment.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>

namespace zoo {

struct Call {
  const char* program;  // where it was executed from
  std::string folder;
  int count;        // of arguments
  char** argument;  // without program, animal and folder
};
const Call& TheCall();
void Enter(const Call& call);  // once, first of all
// Argument `index` as it was given; `otherwise` when there are not so many.
const char* Word(int index, const char* otherwise = "");
long Number(int index, long otherwise = 0);

// Tells the test that this process has arrived where it stays: one byte more in FOLDER/settled.
void Settle();
// Waits to be ended. After some minutes it leaves by itself, for the sake of the machine where a test fails.
[[noreturn]] void Nap();
[[noreturn]] void SettleAndNap();

// Like fork; a refusal ends the animal with status 71.
pid_t Fork();
// Ends the animal with status 70 when a call has failed.
void Must(bool succeeded, const char* call);
// This machine does not let this animal be: says why, status 77.
[[noreturn]] void NotHere(const std::string& why);

void IgnoreAllSignals();  // but KILL and STOP
bool WriteAll(int fd, const char* bytes, size_t count);
void WriteLine(int fd, const std::string& line);
// Writes the whole of `text` into a file that exists: a control group's.
bool WriteFile(const std::string& path, const std::string& text);
// Executes FOLDER's program again as `name` (argv[0]) with these words, and with no environment at all.
[[noreturn]] void BecomeAgain(const char* path, const char* name, const char* animal);

// One family a file. Each runs `animal` and does not come back, or comes back because it has none of that
// name.
void Runaways(const std::string& animal);
void Deaf(const std::string& animal);
void Breeders(const std::string& animal);
void Floods(const std::string& animal);
void Eaters(const std::string& animal);
void Endings(const std::string& animal);

}  // namespace zoo
