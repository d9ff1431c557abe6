// sim/k8s/kubectl/taint_command.cpp: kubectl taint.

#include <utility>

#include "sim/k8s/api/names.h"
#include "sim/k8s/kubectl/commands.h"
#include "sim/k8s/kubectl/resolve.h"

namespace sim::k8s::kubectl {
namespace {

using engine::Error;
using engine::errorf;
using engine::Task;

struct Taint {
  std::string key;
  std::string value;
  std::string effect;
  bool operator==(const Taint&) const = default;
  // `key=value:effect`, without what it has not.
  [[nodiscard]] std::string text() const {
    std::string out = key + "=" + value;
    if (!effect.empty()) out += ":" + effect;
    return out;
  }
};

struct Parsed {
  std::vector<Taint> added;
  std::vector<Taint> removed;
  std::string error;
};

bool is_effect(std::string_view text) {
  return text == "NoSchedule" || text == "PreferNoSchedule" || text == "NoExecute";
}

// Source: kubectl's taint, parseTaint: KEY[=VALUE]:EFFECT.
std::string read_taint(std::string_view text, Taint& taint) {
  const std::vector<std::string> parts = split_words(text, ':');
  std::string_view front = parts[0];
  if (parts.size() > 2) return "invalid taint spec: " + std::string(text);
  if (parts.size() == 2) {
    taint.effect = parts[1];
    if (!is_effect(taint.effect)) {
      return "invalid taint effect: " + taint.effect + ", unsupported taint effect";
    }
    const std::vector<std::string> halves = split_words(front, '=');
    if (halves.size() > 2) return "invalid taint spec: " + std::string(text);
    if (halves.size() == 2) {
      taint.value = halves[1];
      const names::Problems problems = names::label_value(taint.value);
      if (!problems.empty()) {
        return "invalid taint spec: " + std::string(text) + ", " + names::joined(problems);
      }
    }
    taint.key = halves[0];
  } else {
    taint.key = std::string(front);
  }
  const names::Problems problems = names::qualified_name(taint.key);
  if (!problems.empty()) {
    return "invalid taint spec: " + std::string(text) + ", " + names::joined(problems);
  }
  return {};
}

Parsed read_taints(const std::vector<std::string>& words) {
  Parsed out;
  for (const std::string& word : words) {
    Taint taint;
    if (word.ends_with('-')) {
      out.error = read_taint(std::string_view(word).substr(0, word.size() - 1), taint);
      if (!out.error.empty()) return out;
      out.removed.push_back(taint);
      continue;
    }
    out.error = read_taint(word, taint);
    if (!out.error.empty()) return out;
    if (taint.effect.empty()) {
      out.error = "invalid taint spec: " + word;
      return out;
    }
    for (const Taint& before : out.added) {
      if (before.key == taint.key && before.effect == taint.effect) {
        out.error = "duplicated taints with the same key and effect: {" + taint.key + " " +
                    taint.value + " " + taint.effect + " <nil>}";
        return out;
      }
    }
    out.added.push_back(taint);
  }
  return out;
}

Taint taint_of(const Value& value) {
  return {std::string(value["key"].text()), std::string(value["value"].text()),
          std::string(value["effect"].text())};
}

bool removes(const Taint& removal, const Taint& taint) {
  return removal.key == taint.key && (removal.effect.empty() || removal.effect == taint.effect);
}

struct Reorganized {
  Value taints;
  std::string_view operation;
  Error error;
};

// Source: kubectl's taint utils, reorganizeTaints: new ones first, then those that stay.
Reorganized reorganize(const Value& node, const Parsed& changes, bool overwrite) {
  Reorganized out;
  const Value& present = node["spec"]["taints"];
  if (!overwrite) {
    for (const Taint& added : changes.added) {
      for (const Value& each : present.items()) {
        const Taint taint = taint_of(each);
        if (taint.key != added.key || taint.effect != added.effect) continue;
        out.error = errorf("node ", name_of(node),
                           " already has a taint(s) with same effect(s) and --overwrite is false");
        return out;
      }
    }
  }
  json::Array taints;
  int64_t overwritten = 0;
  for (const Taint& added : changes.added) {
    taints.add(json::Object()
                   .set("effect", added.effect)
                   .set("key", added.key)
                   .set_nonzero("value", added.value)
                   .build());
  }
  std::vector<bool> used(changes.removed.size());
  for (const Value& each : present.items()) {
    const Taint taint = taint_of(each);
    bool stays = true;
    for (const Taint& added : changes.added) {
      if (taint.key == added.key && taint.effect == added.effect) {
        stays = false;
        ++overwritten;
      }
    }
    for (size_t i = 0; i < changes.removed.size(); ++i) {
      if (!removes(changes.removed[i], taint)) continue;
      stays = false;
      used[i] = true;
    }
    if (stays) taints.add(each);
  }
  std::vector<Error> errors;
  for (size_t i = 0; i < used.size(); ++i) {
    if (used[i]) continue;
    const Taint& taint = changes.removed[i];
    const std::string shown = taint.effect.empty() ? taint.key : taint.key + ":" + taint.effect;
    errors.push_back(errorf("taint \"", shown, "\" not found"));
  }
  out.error = failures(std::move(errors));
  out.taints = taints.build();
  const bool adds = !changes.added.empty();
  const bool takes = !changes.removed.empty();
  out.operation = overwritten > 0 || (adds && takes) ? "modified" : adds ? "tainted" : "untainted";
  return out;
}

Task<Error> change_node(Call call, Item item, Value taints) {
  const Value spec =
      json::Object().set("taints", taints.size() == 0 ? Value(nullptr) : taints).build();
  Query query("PATCH", path_of(*item.kind, {}, item.name));
  query.content_type = "application/merge-patch+json";
  query.with("fieldManager", "kubectl-taint");
  if (call->dry_run() == "server") query.with("dryRun", "All");
  query.body = json::Object().set("spec", spec).build().to_json();
  const ObjectResult made = co_await ask(call, std::move(query));
  co_return made.error;
}

}  // namespace

Outcome run_taint(Call call) {
  std::vector<std::string> resources;
  std::vector<std::string> words;
  for (const std::string& word : call->args) {
    const bool is_change = word.find('=') != std::string::npos || word.ends_with('-') ||
                           word.find(':') != std::string::npos;
    if (!is_change && !words.empty()) {
      co_return usage_error(call, "all resources must be specified before taint changes: " + word);
    }
    (is_change ? words : resources).push_back(word);
  }
  if (resources.empty()) {
    co_return errorf("one or more resources must be specified as <resource> <name>");
  }
  const std::string kind = resources[0].substr(0, resources[0].find('/'));
  if (kind != "node" && kind != "nodes" && kind != "no") {
    co_return errorf("invalid resource type ", kind, ", only node types are supported");
  }
  if (words.empty()) co_return errorf("at least one taint update is required");
  const Parsed changes = read_taints(words);
  if (!changes.error.empty()) co_return usage_error(call, changes.error);
  std::string both;
  for (const Taint& removed : changes.removed) {
    for (const Taint& added : changes.added) {
      if (!removes(removed, added)) continue;
      both += (both.empty() ? "" : ",") + removed.text();
    }
  }
  if (!both.empty()) {
    co_return errorf("can not both modify and remove the following taint(s) in the same command: ",
                     both);
  }
  if (const Error error = check_options(call)) co_return error;
  PlanOptions how;
  Fetched fetched = co_await find(call, how, resources);
  std::vector<Error> errors = fetched.errors;
  for (const Item& item : fetched.items) {
    const Reorganized made = reorganize(item.object, changes, call->flags.truth("overwrite"));
    if (made.error) {
      errors.push_back(made.error);
      continue;
    }
    if (call->dry_run() != "client") {
      const Error error = co_await change_node(call, item, made.taints);
      if (error) {
        errors.push_back(error);
        continue;
      }
    }
    const Value shown = item.object.with_in({"spec", "taints"}, made.taints);
    if (const Error error = print_result(call, shown, made.operation)) errors.push_back(error);
  }
  co_return failures(std::move(errors));
}

}  // namespace sim::k8s::kubectl
