// What the caller may name: units of systemd.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace kedge::services {

// The units in `items`, in the order given, each once. An item is one name or several, separated by white
// space. A name without a type is a service's: nginx is nginx.service. kInvalid, with the name and the
// reason, for what is no name of a single unit that can be started and stopped, for one that begins with '-',
// and when there is no name at all.
Result<std::vector<std::string>> ReadUnits(const std::vector<std::string>& items);

// "nginx.service" is "service"; "" without one.
std::string_view TypeOf(std::string_view unit);

// The template that an instance is made from: "getty@.service" of "getty@tty1.service"; "" for what is no
// instance.
std::string TemplateOf(std::string_view unit);

// Kedge's own units, which nothing here may stop: the agent would not live to undo it.
bool IsOwnUnit(std::string_view unit);

}  // namespace kedge::services
