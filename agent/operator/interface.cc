#include "operator/interface.h"

#include <string_view>

#include "core/utf8.h"
#include "operator/agent_object.h"
#include "operator/door.h"

namespace kedge::op {
namespace {

Door& DoorOf(void* userdata) { return *static_cast<Door*>(userdata); }

// --- Properties: one line each, in the table further down; the type on the wire follows from the member's.

template <typename Value>
struct Wire;
template <>
struct Wire<std::string> {
  static constexpr char kType[] = "s";
};
template <>
struct Wire<bool> {
  static constexpr char kType[] = "b";
};
template <>
struct Wire<int32_t> {
  static constexpr char kType[] = "i";
};
template <>
struct Wire<uint32_t> {
  static constexpr char kType[] = "u";
};
template <>
struct Wire<int64_t> {
  static constexpr char kType[] = "x";
};
template <>
struct Wire<uint64_t> {
  static constexpr char kType[] = "t";
};
template <>
struct Wire<std::vector<std::string>> {
  static constexpr char kType[] = "as";
};

int Append(sd_bus_message* reply, const std::string& text) {
  return sd_bus_message_append(reply, "s", BusText(text).c_str());
}
int Append(sd_bus_message* reply, bool flag) { return sd_bus_message_append(reply, "b", flag ? 1 : 0); }
int Append(sd_bus_message* reply, const std::vector<std::string>& texts) {
  int result = sd_bus_message_open_container(reply, 'a', "s");
  for (size_t i = 0; i < texts.size() && result >= 0; ++i) result = Append(reply, texts[i]);
  return result < 0 ? result : sd_bus_message_close_container(reply);
}
template <typename Number>
int Append(sd_bus_message* reply, Number number) {
  return sd_bus_message_append(reply, Wire<Number>::kType, number);
}

template <typename Member>
struct ValueOf;
template <typename Value>
struct ValueOf<Value Properties::*> {
  using Type = Value;
};

struct Property {
  const char* name;
  const char* type;
  sd_bus_property_get_t get;
  bool (*differs)(const Properties& a, const Properties& b);
};

template <auto kMember>
constexpr Property Of(const char* name) {
  return {name, Wire<typename ValueOf<decltype(kMember)>::Type>::kType,
          [](sd_bus*, const char*, const char*, const char*, sd_bus_message* reply, void* userdata,
             sd_bus_error*) { return Append(reply, DoorOf(userdata).object().properties().*kMember); },
          [](const Properties& a, const Properties& b) { return a.*kMember != b.*kMember; }};
}

constexpr Property kProperties[] = {
    Of<&Properties::state>("State"),
    Of<&Properties::link>("Link"),
    Of<&Properties::recovering>("Recovering"),
    Of<&Properties::job>("Job"),
    Of<&Properties::execution_number>("ExecutionNumber"),
    Of<&Properties::phase>("Phase"),
    Of<&Properties::step>("Step"),
    Of<&Properties::step_count>("StepCount"),
    Of<&Properties::step_name>("StepName"),
    Of<&Properties::step_detail>("StepDetail"),
    Of<&Properties::progress>("Progress"),
    Of<&Properties::task>("Task"),
    Of<&Properties::step_timestamp>("StepTimestamp"),
    Of<&Properties::can_cancel>("CanCancel"),
    Of<&Properties::cause>("Cause"),
    Of<&Properties::verdict>("Verdict"),
    Of<&Properties::last_job>("LastJob"),
    Of<&Properties::last_execution_number>("LastExecutionNumber"),
    Of<&Properties::last_status>("LastStatus"),
    Of<&Properties::last_verdict>("LastVerdict"),
    Of<&Properties::last_text>("LastText"),
    Of<&Properties::last_timestamp>("LastTimestamp"),
    Of<&Properties::quarantined>("Quarantined"),
    Of<&Properties::quarantine_reason>("QuarantineReason"),
    Of<&Properties::quarantine_job>("QuarantineJob"),
    Of<&Properties::quarantine_timestamp>("QuarantineTimestamp"),
    Of<&Properties::stranded>("Stranded"),
    Of<&Properties::notes>("Notes"),
};

int GetVersion(sd_bus*, const char*, const char*, const char*, sd_bus_message* reply, void* userdata,
               sd_bus_error*) {
  return Append(reply, DoorOf(userdata).object().config().version);
}
int GetThing(sd_bus*, const char*, const char*, const char*, sd_bus_message* reply, void* userdata,
             sd_bus_error*) {
  return Append(reply, DoorOf(userdata).object().config().thing);
}

// --- Methods.

int OnGetStatus(sd_bus_message* call, void* userdata, sd_bus_error*) {
  return sd_bus_reply_method_return(call, "s", BusText(DoorOf(userdata).object().Status()).c_str());
}

template <auto kMethod>
int OnChange(sd_bus_message* call, void* userdata, sd_bus_error*) {
  Door& door = DoorOf(userdata);
  return door.Identify(
      call, [&door](sd_bus_message* known, uid_t uid) { return (door.object().*kMethod)(door, known, uid); });
}

// UNPRIVILEGED everywhere: sd-bus would otherwise ask the bus daemon for the caller's capabilities and wait
// for the answer in the loop. AgentObject asks who calls instead.
// `names`: of the arguments and the results.
template <auto kMethod>
sd_bus_vtable Change(const char* name, const char* arguments, const char* names, const char* result = "bs") {
  return SD_BUS_METHOD_WITH_NAMES(name, arguments, names, result, , OnChange<kMethod>,
                                  SD_BUS_VTABLE_UNPRIVILEGED);
}
#define KEDGE_ANSWER SD_BUS_PARAM(accepted) SD_BUS_PARAM(text)

std::vector<sd_bus_vtable> MakeTable() {
  std::vector<sd_bus_vtable> table = {
      SD_BUS_VTABLE_START(0),
      SD_BUS_PROPERTY("Version", "s", GetVersion, 0, SD_BUS_VTABLE_PROPERTY_CONST),
      SD_BUS_PROPERTY("Thing", "s", GetThing, 0, SD_BUS_VTABLE_PROPERTY_CONST),
  };
  for (const Property& property : kProperties) {
    table.push_back(
        SD_BUS_PROPERTY(property.name, property.type, property.get, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE));
  }
  table.push_back(SD_BUS_METHOD_WITH_ARGS("GetStatus", SD_BUS_NO_ARGS, SD_BUS_RESULT("s", status),
                                          OnGetStatus, SD_BUS_VTABLE_UNPRIVILEGED));
  table.push_back(SD_BUS_METHOD_WITH_ARGS(
      "GetOutput", SD_BUS_ARGS("t", after),
      SD_BUS_RESULT("s", job, "x", executionNumber, "t", end, "t", lost, "a(xsay)", output),
      OnChange<&AgentObject::OnGetOutput>, SD_BUS_VTABLE_UNPRIVILEGED));
  table.push_back(Change<&AgentObject::OnCancel>(
      "Cancel", "sbs", SD_BUS_PARAM(job) SD_BUS_PARAM(force) SD_BUS_PARAM(reason) KEDGE_ANSWER));
  table.push_back(Change<&AgentObject::OnCancelExecution>("CancelExecution", "s",
                                                          SD_BUS_PARAM(request) SD_BUS_PARAM(answer), "s"));
  table.push_back(Change<&AgentObject::OnRollback>("Rollback", "", KEDGE_ANSWER));
  table.push_back(Change<&AgentObject::OnClear>("Clear", "", KEDGE_ANSWER));
  table.push_back(Change<&AgentObject::OnReload>("Reload", "", KEDGE_ANSWER));
  table.push_back(SD_BUS_SIGNAL("StatusChanged", "", 0));
  table.push_back(SD_BUS_VTABLE_END);
  return table;
}

}  // namespace

int AddObject(sd_bus* bus, Door* door, BusSlot& slot) {
  static const std::vector<sd_bus_vtable> table = MakeTable();
  sd_bus_slot* added = nullptr;
  const int result = sd_bus_add_object_vtable(bus, &added, kObjectPath, kInterface, table.data(), door);
  slot.reset(added);
  return result;
}

std::vector<std::string> Changed(const Properties& before, const Properties& after) {
  std::vector<std::string> names;
  for (const Property& property : kProperties) {
    if (property.differs(before, after)) names.emplace_back(property.name);
  }
  return names;
}

int EmitChange(sd_bus* bus, const std::vector<std::string>& names) {
  std::vector<char*> list;
  for (const std::string& name : names) list.push_back(const_cast<char*>(name.c_str()));
  list.push_back(nullptr);
  const int result =
      names.empty() ? 0 : sd_bus_emit_properties_changed_strv(bus, kObjectPath, kInterface, list.data());
  return result < 0 ? result : sd_bus_emit_signal(bus, kObjectPath, kInterface, "StatusChanged", "");
}

std::string BusText(std::string_view text) {
  std::string fit;
  fit.reserve(text.size());
  while (!text.empty()) {
    const Utf8Char next = FirstUtf8Char(text);
    const char32_t c = next.code_point;
    const bool is_noncharacter = (c & 0xFFFE) == 0xFFFE || (c >= 0xFDD0 && c <= 0xFDEF);
    const bool fits = next.valid && c != 0 && !is_noncharacter;
    fit.append(fits ? text.substr(0, next.bytes) : std::string_view("\xEF\xBF\xBD"));
    text.remove_prefix(next.bytes);
  }
  return fit;
}

}  // namespace kedge::op
