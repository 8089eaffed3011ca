#include "oci/listing.h"

namespace kedge::drydock::oci {

Order ReadOrder(Query& query) {
  const std::string by = query.Choice("sortBy", {"TIMECREATED", "DISPLAYNAME"}, "TIMECREATED");
  const bool by_name = by == "DISPLAYNAME";
  const std::string order = query.Choice("sortOrder", {"ASC", "DESC"}, by_name ? "ASC" : "DESC");
  if (query.Text("displayName") && !by_name) {
    query.Refuse(InvalidParameter("displayName needs sortBy=DISPLAYNAME"));
  }
  return {.by_name = by_name, .ascending = order == "ASC"};
}

Problem NoSuchPage(const std::string& page) {
  return InvalidParameter("there is no page '" + page + "'; start again without a page");
}

}  // namespace kedge::drydock::oci
