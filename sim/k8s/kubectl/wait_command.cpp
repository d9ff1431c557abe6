// sim/k8s/kubectl/wait_command.cpp: kubectl wait.

#include <utility>

#include "sim/json/print.h"
#include "sim/k8s/api/json_path.h"
#include "sim/k8s/api/names.h"
#include "sim/k8s/kubectl/commands.h"
#include "sim/k8s/kubectl/waiting.h"

namespace sim::k8s::kubectl {
namespace {

using engine::Error;
using engine::errorf;
using engine::Task;

constexpr engine::Duration kForever = 168 * 3600 * engine::kSecond;
constexpr engine::Duration kPollPeriod = engine::kSecond;

struct Condition {
  enum class Form : uint8_t { kDelete, kCreate, kStatus, kPath };
  Form form = Form::kDelete;
  std::string type;   // of a condition, in small letters
  std::string value;  // of a condition or a path
  bool has_value = false;
  JsonPath path;
  Error error;
};

Condition read_condition(std::string_view text) {
  Condition out;
  const std::string lower = names::lower(text);
  if (lower == "delete") return out;
  if (lower == "create") {
    out.form = Condition::Form::kCreate;
    return out;
  }
  constexpr std::string_view kCondition = "condition=";
  constexpr std::string_view kPath = "jsonpath=";
  if (text.starts_with(kCondition)) {
    out.form = Condition::Form::kStatus;
    std::string_view rest = text.substr(kCondition.size());
    const size_t equals = rest.find('=');
    out.type = names::lower(rest.substr(0, equals));
    out.value = equals == rest.npos ? "true" : names::lower(rest.substr(equals + 1));
    return out;
  }
  if (text.starts_with(kPath)) {
    out.form = Condition::Form::kPath;
    std::string_view rest = text.substr(kPath.size());
    const size_t close = rest.rfind('}');
    const size_t equals = rest.find('=', close == rest.npos ? 0 : close);
    out.has_value = equals != rest.npos;
    if (out.has_value) {
      std::string_view value = rest.substr(equals + 1);
      if (value.size() > 1 && (value[0] == '"' || value[0] == '\'') && value.back() == value[0]) {
        value = value.substr(1, value.size() - 2);
      }
      out.value = value;
      if (value.empty()) {
        out.error = errorf("jsonpath wait condition must not be empty");
        return out;
      }
    }
    JsonPath::Parsed parsed = JsonPath::parse_relaxed(rest.substr(0, equals));
    out.error = parsed.error;
    out.path = std::move(parsed.path);
    return out;
  }
  std::string quoted;
  json::append_quoted(quoted, text, false);
  out.error = errorf("unrecognized condition: ", quoted);
  return out;
}

bool is_met(const Condition& condition, const Value& object) {
  switch (condition.form) {
    case Condition::Form::kDelete:
      return !object;
    case Condition::Form::kCreate:
      return static_cast<bool>(object);
    case Condition::Form::kStatus: {
      const int64_t generation = metadata(object)["generation"].integer();
      for (const Value& each : object["status"]["conditions"].items()) {
        if (names::lower(each["type"].text()) != condition.type) continue;
        const int64_t observed = each.contains("observedGeneration")
                                     ? each["observedGeneration"].integer()
                                     : object["status"]["observedGeneration"].integer();
        if (observed != 0 && observed < generation) return false;
        return names::lower(each["status"].text()) == condition.value;
      }
      return false;
    }
    case Condition::Form::kPath: {
      const JsonPath::Found found = condition.path.find(object);
      if (found.error || found.results.empty() || found.results[0].empty()) return false;
      if (!condition.has_value) return true;
      return found.results.size() == 1 && found.results[0].size() == 1 &&
             json_path_text(found.results[0][0]) == condition.value;
    }
  }
  return false;
}

Error not_met(const Item& item, bool timed_out) {
  if (timed_out) {
    return errorf("timed out waiting for the condition on ", item.kind->plural, "/", item.name);
  }
  return errorf("condition not met for ", item.kind->plural, "/", item.name);
}

// Until something is there.
Task<Error> wait_for_creation(Call call, engine::Context context) {
  PlanOptions how;
  how.takes_files = true;
  while (true) {
    const Fetched found = co_await find(call, how, call->args);
    bool is_missing = found.items.empty();
    for (const Error& error : found.errors) {
      if (!is_not_found(error)) co_return failures(found.errors);
      is_missing = true;
    }
    if (!is_missing) co_return nullptr;
    const std::optional<engine::Instant> until = context.deadline();
    if (until && *until <= engine::now()) co_return kTimedOut;
    co_await engine::sleep_for(kPollPeriod);
    if (context.err()) co_return kTimedOut;
  }
}

}  // namespace

Outcome run_wait(Call call) {
  const Condition condition = read_condition(call->flags.text("for"));
  if (condition.error) co_return condition.error;
  const engine::Duration length = call->flags.length("timeout");
  const bool polls_once = length.ns == 0;
  const engine::Cancelable limited =
      engine::with_timeout(call->context, length.ns < 0 ? kForever : length);
  PlanOptions how;
  how.takes_files = true;
  if (condition.form == Condition::Form::kCreate) {
    const Error error = co_await wait_for_creation(call, limited.context);
    if (error) co_return error;
  }
  Fetched fetched = co_await find(call, how, call->args);
  const bool deletes = condition.form == Condition::Form::kDelete;
  if (!fetched.errors.empty()) {
    bool are_missing = deletes;
    for (const Error& error : fetched.errors) are_missing = are_missing && is_not_found(error);
    if (!are_missing) co_return failures(std::move(fetched.errors));
  }
  if (fetched.items.empty()) {
    if (deletes) co_return nullptr;
    co_return errorf("no matching resources found");
  }
  std::vector<Error> errors;
  for (const Item& item : fetched.items) {
    bool is_done = is_met(condition, item.object);
    if (!is_done && !polls_once) {
      const std::string uid(uid_of(item.object));
      LookAt look = [&condition, uid, deletes](const Value& object) {
        Look out;
        const bool is_other = object && uid_of(object) != uid;
        out.is_done = deletes ? !object || is_other : object && is_met(condition, object);
        return out;
      };
      const Error error = co_await wait_until(call, item, std::move(look), limited.context);
      if (error) {
        const bool is_late = error == Error(kTimedOut);
        errors.push_back(is_late ? not_met(item, true) : error);
        if (is_late) break;
        continue;
      }
      is_done = true;
    }
    if (!is_done) {
      errors.push_back(not_met(item, false));
      continue;
    }
    if (const Error error = print_result(call, item.object, "condition met")) {
      errors.push_back(error);
    }
  }
  limited.cancel();
  co_return failures(std::move(errors));
}

}  // namespace sim::k8s::kubectl
