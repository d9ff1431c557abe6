// sim/k8s/kubectl/label_command.cpp: kubectl label and annotate.

#include <map>
#include <utility>

#include "sim/json/patch.h"
#include "sim/json/print.h"
#include "sim/k8s/api/names.h"
#include "sim/k8s/kubectl/commands.h"
#include "sim/k8s/kubectl/print.h"
#include "sim/k8s/kubectl/resolve.h"

namespace sim::k8s::kubectl {
namespace {

using engine::Error;
using engine::errorf;
using engine::Task;

struct Changes {
  std::vector<std::string> resources;  // the words before them
  std::map<std::string, std::string> set;
  std::vector<std::string> removed;
  Error error;
};

std::string quoted(std::string_view text) {
  std::string out;
  json::append_quoted(out, text, false);
  return out;
}

// Words with `=`, or that end in `-`, are changes; they come behind the resources.
Changes read_changes(const Call& call, bool labels) {
  Changes out;
  bool in_changes = false;
  for (const std::string& word : call->args) {
    const size_t equals = word.find('=');
    const bool sets = equals != std::string::npos && equals > 0;
    const bool removes = word.size() > 1 && word.back() == '-' && equals == std::string::npos;
    if (!in_changes && !sets && !removes) {
      out.resources.push_back(word);
      continue;
    }
    if (!sets && !removes) {
      out.error = errorf("all resources must be specified before ", labels ? "label" : "annotation",
                         " changes: ", word);
      return out;
    }
    in_changes = true;
    if (removes) {
      out.removed.push_back(word.substr(0, word.size() - 1));
      continue;
    }
    const std::string value = word.substr(equals + 1);
    if (labels) {
      const names::Problems problems = names::label_value(value);
      if (!problems.empty()) {
        out.error = errorf("invalid label value: ", quoted(word), ": ", names::joined(problems));
        return out;
      }
    }
    out.set[word.substr(0, equals)] = value;
  }
  std::string both;
  for (const std::string& key : out.removed) {
    if (out.set.contains(key)) both += (both.empty() ? "" : ", ") + key;
  }
  if (!both.empty()) {
    out.error = labels ? errorf("can not both modify and remove a label in the same command")
                       : errorf("can not both modify and remove the following annotation(s) in ",
                                "the same command: ", both);
  }
  return out;
}

// What may not be changed without --overwrite.
std::string conflicts(const Value& present, const Changes& changes) {
  std::string out;
  for (const auto& [key, value] : changes.set) {
    const Value& before = present[key];
    if (!before || before.text() == value) continue;
    if (!out.empty()) out += "; ";
    out += "'" + key + "' already has a value (" + std::string(before.text()) + ")";
  }
  return out;
}

void print_list(const Call& call, const Value& object, bool several) {
  if (several) {
    call->say("Listing labels for ", kind_of(object), ".", api_version_of(object), "/",
              name_of(object), ":\n");
  }
  for (const json::Member& label : labels_of(object).members()) {
    call->say(several ? " " : "", label.name(), "=", label.value.text(), "\n");
  }
}

Outcome change(Call call, bool labels) {
  const Flags& flags = call->flags;
  const std::string_view member = labels ? "labels" : "annotations";
  const Changes changes = read_changes(call, labels);
  if (changes.error) co_return changes.error;
  if (const Error error = check_options(call)) co_return error;
  const bool only_lists = flags.truth("list") && changes.set.empty() && changes.removed.empty();
  if (changes.resources.empty() && !flags.given("filename")) {
    co_return errorf(
        "one or more resources must be specified as <resource> <name> or "
        "<resource>/<name>");
  }
  if (changes.set.empty() && changes.removed.empty() && !only_lists) {
    co_return errorf("at least one ", labels ? "label" : "annotation", " update is required");
  }
  PlanOptions how;
  how.takes_files = true;
  Fetched fetched = co_await find(call, how, changes.resources);
  std::vector<Error> errors = fetched.errors;
  for (const Item& item : fetched.items) {
    const Value& present = metadata(item.object)[member];
    if (only_lists) {
      print_list(call, item.object, fetched.items.size() > 1);
      continue;
    }
    if (!flags.truth("overwrite")) {
      const std::string conflict = conflicts(present, changes);
      if (!conflict.empty()) {
        errors.push_back(labels ? errorf(conflict, ", and --overwrite is false")
                                : errorf("--overwrite is false but found the following declared "
                                         "annotation(s): ",
                                         conflict));
        continue;
      }
    }
    json::Object values(present);
    json::Object patch;
    for (const auto& [key, value] : changes.set) {
      values.set(key, value);
      if (!present[key] || present[key].text() != value) patch.set(key, value);
    }
    for (const std::string& key : changes.removed) {
      if (labels && !present.contains(key)) call->say("label ", quoted(key), " not found.\n");
      if (present.contains(key)) patch.set(key, nullptr);
      values.set(key, {});
    }
    const Value after = std::move(values).build();
    const bool changed = after != present && !(after.size() == 0 && present.size() == 0);
    std::string_view operation = "annotated";
    if (labels) {
      operation = !changed ? "not labeled" : changes.set.empty() ? "unlabeled" : "labeled";
    }
    Value shown = with_meta(item.object, member, after.size() == 0 ? Value() : after);
    if (changed && call->dry_run() != "client") {
      Query query("PATCH", path_of(*item.kind, item.space, item.name));
      query.content_type = "application/merge-patch+json";
      query.with("fieldManager", labels ? "kubectl-label" : "kubectl-annotate");
      if (call->dry_run() == "server") query.with("dryRun", "All");
      const Value inner = json::Object().set(member, std::move(patch).build()).build();
      query.body = json::Object().set("metadata", inner).build().to_json();
      const ObjectResult made = co_await ask(call, std::move(query));
      if (made.error) {
        errors.push_back(made.error);
        continue;
      }
      shown = made.object;
    }
    if (flags.truth("list")) {
      print_list(call, shown, fetched.items.size() > 1);
      continue;
    }
    if (const Error error = print_result(call, shown, operation)) errors.push_back(error);
  }
  co_return failures(std::move(errors));
}

}  // namespace

Outcome run_label(Call call) {
  return change(std::move(call), true);
}

Outcome run_annotate(Call call) {
  return change(std::move(call), false);
}

}  // namespace sim::k8s::kubectl
