// For LeakSanitizer. Paho C 1.3.12 frees its trace buffer with the last client, while a thread of that client
// may be about to trace its own end: it then makes a new buffer, which nobody frees. Its stack has no
// symbols, so the whole library is named; a client of ours that is forgotten still shows, for the C++ object
// around it is ours.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:libpaho-mqtt3as\n"; }
