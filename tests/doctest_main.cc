#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <cstdlib>
#include <iostream>
#include <string_view>

#include "doctest_listener.h"

namespace {

// CMake lists the cases of each binary right after linking it. A ';' parts its lists and a '[' keeps it from
// parting them, so that a case with either in its name would be registered under another name and never run.
// Seen while it is listed, it fails the build.
class NamesForCtest : public kedge::testing::Listener {
 public:
  using Listener::Listener;
  void report_query(const doctest::QueryData& query) override {
    for (unsigned i = 0; i < query.num_data; ++i) {
      if (std::string_view(query.data[i]->m_name).find_first_of(";[]") == std::string_view::npos) continue;
      std::cerr << query.data[i]->m_file.c_str() << ':' << query.data[i]->m_line << ": the test case \""
                << query.data[i]->m_name
                << "\" cannot be told to ctest: leave ';', '[' and ']' out of its name\n";
      std::exit(EXIT_FAILURE);
    }
  }
};

}  // namespace

REGISTER_LISTENER("names for ctest", 1, NamesForCtest);
