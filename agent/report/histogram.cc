#include "report/histogram.h"

#include <algorithm>
#include <cstdio>

#include "report/times.h"

namespace kedge::report {
namespace {

std::string Percent(double percent) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f%%", percent);
  return text;
}

}  // namespace

std::vector<Bin> Spread(const std::vector<int64_t>& lengths) {
  if (lengths.empty()) return {};
  const int64_t most = *std::max_element(lengths.begin(), lengths.end());
  std::vector<Bin> bins;
  for (int64_t decade = 1; bins.empty() || bins.back().below <= most; decade *= 10) {
    for (const int64_t digit : {1, 2, 5}) bins.push_back({digit * decade, 0});
    if (decade > most) break;  // and no overflow
  }
  for (const int64_t length : lengths) {
    const auto bin = std::find_if(bins.begin(), bins.end(), [&](const Bin& b) { return length < b.below; });
    ++(bin == bins.end() ? bins.back() : *bin).count;
  }
  const auto has_any = [](const Bin& bin) { return bin.count > 0; };
  bins.erase(std::find_if(bins.rbegin(), bins.rend(), has_any).base(), bins.end());
  bins.erase(bins.begin(), std::find_if(bins.begin(), bins.end(), has_any));
  return bins;
}

Markup DrawHistogram(const std::vector<Bin>& bins) {
  constexpr int kHeight = 90;
  size_t most = 1;
  for (const Bin& bin : bins) most = std::max(most, bin.count);
  Markup html;
  html.Open("svg", {{"class", "histogram"},
                    {"role", "img"},
                    {"width", "100%"},
                    {"height", "130"},
                    {"aria-label", "how often which length occurred"}});
  const double width = 100.0 / static_cast<double>(std::max<size_t>(bins.size(), 1));
  for (size_t i = 0; i < bins.size(); ++i) {
    const int height = static_cast<int>(bins[i].count * kHeight / most);
    const double left = width * static_cast<double>(i);
    const std::string middle = Percent(left + width / 2);
    html.Open("g", {}).Leaf("title", {}, std::to_string(bins[i].count) + " below " + Span(bins[i].below));
    html.Empty("rect", {{"x", Percent(left + width * 0.1)},
                        {"y", std::to_string(15 + kHeight - height)},
                        {"width", Percent(width * 0.8)},
                        {"height", std::to_string(height)}});
    html.Leaf("text",
              {{"x", middle}, {"y", std::to_string(11 + kHeight - height)}, {"text-anchor", "middle"}},
              bins[i].count == 0 ? "" : std::to_string(bins[i].count));
    html.Leaf("text", {{"x", middle}, {"y", "122"}, {"text-anchor", "middle"}}, "< " + Span(bins[i].below));
    html.Close();
  }
  html.Empty("line", {{"x1", "0"}, {"x2", "100%"}, {"y1", "105.5"}, {"y2", "105.5"}});
  return std::move(html.Close());
}

}  // namespace kedge::report
