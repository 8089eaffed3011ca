// How lengths of time are spread. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "report/markup.h"

namespace kedge::report {

// Bins that grow as 1, 2, 5, 10, ... milliseconds: both 20 ms and 20 minutes have their place.
struct Bin {
  int64_t below = 0;  // milliseconds; the bin before says from where
  size_t count = 0;
};
// From the first bin that has any to the last; none for no lengths.
std::vector<Bin> Spread(const std::vector<int64_t>& lengths);

Markup DrawHistogram(const std::vector<Bin>& bins);

}  // namespace kedge::report
