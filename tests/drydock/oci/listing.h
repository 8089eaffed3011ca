// One page of a list. A page's name is the last item of the page before, so that items which come or go in
// between neither repeat nor hide others.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "oci/call.h"

namespace kedge::drydock::oci {

template <typename Item>
struct Page {
  std::vector<const Item*> items;
  std::string next;  // empty: there is none
};

// Of `all`, sorted already, those that are wanted. `name` is an item's own; nothing when no item is called
// like the page that is asked for.
template <typename Item, typename Wanted, typename Name>
std::optional<Page<Item>> PageOf(const std::vector<const Item*>& all, const Paging& paging, Wanted wanted,
                                 Name name) {
  auto at = all.begin();
  if (!paging.page.empty()) {
    at = std::find_if(all.begin(), all.end(), [&](const Item* item) { return name(*item) == paging.page; });
    if (at == all.end()) return std::nullopt;
    ++at;
  }
  Page<Item> page;
  for (; at != all.end(); ++at) {
    if (!wanted(**at)) continue;
    if (page.items.size() == paging.limit) {
      page.next = name(*page.items.back());
      break;
    }
    page.items.push_back(*at);
  }
  return page;
}

// The order that ListJobs and ListStacks ask for: TIMECREATED newest first, DISPLAYNAME by the alphabet.
struct Order {
  bool by_name = false;
  bool ascending = false;

  template <typename Item>
  void Sort(std::vector<const Item*>& items) const {
    const auto less = [this](const Item* a, const Item* b) {
      if (by_name && a->display_name != b->display_name) return a->display_name < b->display_name;
      if (a->created != b->created) return a->created < b->created;
      return a->id < b->id;
    };
    std::sort(items.begin(), items.end(),
              [&](const Item* a, const Item* b) { return ascending ? less(a, b) : less(b, a); });
  }
};

Order ReadOrder(Query& query);
Problem NoSuchPage(const std::string& page);

}  // namespace kedge::drydock::oci
