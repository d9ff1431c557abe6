#include "sim/k8s/kubectl/resolve.h"

#include <utility>

#include "sim/json/parse.h"
#include "sim/json/print.h"
#include "sim/k8s/kubectl/manifest.h"

namespace sim::k8s::kubectl {
namespace {

using engine::Error;
using engine::errorf;
using engine::Task;

constexpr std::string_view kPageLength = "500";

// The kinds of a category such as `all`.
bool is_of_category(const KindInfo& kind, std::string_view category) {
  for (const std::string& each : split_words(kind.categories, ',')) {
    if (!each.empty() && each == category) return true;
  }
  return false;
}

// `pods,all` as kinds, categories replaced by what belongs to them.
std::vector<std::string> expanded(const Call& call, std::string_view words) {
  std::vector<std::string> out;
  for (const std::string& word : split_words(words, ',')) {
    std::vector<std::string> members;
    for (const KindInfo& kind : builtin_kinds()) {
      if (is_of_category(kind, word)) members.push_back(resource_text(kind));
    }
    for (const KindInfo& kind : call->kinds.discovered()) {
      if (is_of_category(kind, word)) members.push_back(resource_text(kind));
    }
    if (members.empty()) members.push_back(word);
    for (std::string& member : members) out.push_back(std::move(member));
  }
  return out;
}

Error no_such_kind(std::string_view word) {
  std::string named(word.substr(0, word.find('.')));
  for (char& c : named) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  std::string quoted;
  json::append_quoted(quoted, named, false);
  return errorf("the server doesn't have a resource type ", quoted);
}

}  // namespace

std::vector<std::string> split_words(std::string_view text, char separator) {
  std::vector<std::string> out;
  while (true) {
    const size_t end = text.find(separator);
    out.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
  }
}

Task<Error> discover(Call call, bool all) {
  std::vector<std::string> paths;
  if (all) paths.emplace_back("/api/v1");
  Query groups_query("GET", "/apis");
  const ObjectResult groups = co_await ask(call, std::move(groups_query));
  if (groups.error) co_return groups.error;
  for (const Value& group : groups.object["groups"].items()) {
    bool is_builtin = false;
    for (const KindInfo& kind : builtin_kinds()) {
      is_builtin = is_builtin || kind.group == group["name"].text();
    }
    if (is_builtin && !all) continue;
    for (const Value& version : group["versions"].items()) {
      paths.push_back("/apis/" + std::string(version["groupVersion"].text()));
    }
  }
  for (const std::string& path : paths) {
    Query query("GET", path);
    const ObjectResult list = co_await ask(call, std::move(query));
    if (list.error) co_return list.error;
    call->kinds.add(list.object);
  }
  call->kinds.has_discovered = true;
  co_return nullptr;
}

Task<FoundKind> kind_by_word(Call call, std::string word) {
  FoundKind found;
  const std::vector<const KindInfo*> builtin = matching_resources(word);
  if (!builtin.empty()) {
    found.kind = builtin[0];
    co_return found;
  }
  if (!call->kinds.has_discovered) {
    found.error = co_await discover(call, false);
    if (found.error) co_return found;
  }
  const std::vector<const KindInfo*> custom = matching_resources(word, call->kinds.discovered());
  if (custom.empty()) {
    found.error = no_such_kind(word);
  } else {
    found.kind = custom[0];
  }
  co_return found;
}

Task<const KindInfo*> kind_by_name(Call call, std::string api_version, std::string kind) {
  const KindInfo* const builtin = find_kind(api_version, kind);
  if (builtin != nullptr && !builtin->plural.empty()) co_return builtin;
  if (!call->kinds.has_discovered) static_cast<void>(co_await discover(call, false));
  for (const KindInfo& each : call->kinds.discovered()) {
    if (each.is(api_version, kind)) co_return &each;
  }
  co_return nullptr;
}

Task<ListResult> list_all(Call call, const KindInfo* kind, std::string space,
                          std::string label_selector, std::string field_selector) {
  ListResult out;
  std::string next;
  do {
    Query query("GET", path_of(*kind, space));
    query.with("continue", next).with("fieldSelector", field_selector);
    query.with("labelSelector", label_selector).with("limit", kPageLength);
    const ObjectResult page = co_await ask(call, std::move(query));
    out.error = page.error;
    if (out.error) co_return out;
    const std::string api_version = kind->api_version();
    for (const Value& item : page.object["items"].items()) {
      // Lists leave out what all of their items are.
      out.items.push_back(item.with("apiVersion", api_version).with("kind", kind->kind));
    }
    out.resource_version = metadata(page.object)["resourceVersion"].text();
    next = metadata(page.object)["continue"].text();
  } while (!next.empty());
  co_return out;
}

Error list_error(const Error& error, const KindInfo& kind, const Plan& plan) {
  if (plan.label_selector.empty() && plan.field_selector.empty()) return error;
  const auto* const status = engine::errors_as<StatusError>(error);
  if (status == nullptr || (status->code != 400 && status->code != 404)) return error;
  if (status->code == 404) return error;
  StatusError changed = *status;
  const std::string api_version = kind.api_version();
  std::string what = (kind.group.empty() ? "/" : "") + api_version + ", Resource=";
  what += kind.plural;
  std::string quoted[2];
  json::append_quoted(quoted[0], plan.label_selector, false);
  json::append_quoted(quoted[1], plan.field_selector, false);
  changed.text = "Unable to find \"" + what + "\" that match label selector " + quoted[0] +
                 ", field selector " + quoted[1] + ": " + status->text;
  return engine::make_error(std::move(changed));
}

Task<Plan> plan(Call call, PlanOptions options, std::vector<std::string> words) {
  Plan out;
  const Flags& flags = call->flags;
  const bool all_spaces = flags.truth("all-namespaces");
  const bool takes_all = flags.truth("all");
  out.label_selector = flags.text("selector");
  out.field_selector = flags.text("field-selector");
  const bool selects = takes_all || !out.label_selector.empty() || !out.field_selector.empty();
  const std::string space = all_spaces ? std::string() : call->space();
  const auto failed = [&out](std::string_view text) {
    const Error error = errorf(text);
    out.errors.push_back(error);
    return out;
  };
  if (options.takes_files && flags.given("filename")) {
    if (!words.empty()) {
      co_return failed(
          "when paths, URLs, or stdin is provided as input, you may not specify resource "
          "arguments as well");
    }
    co_return co_await plan_of_files(call);
  }
  size_t with_slash = 0;
  if (words.size() >= 2 && words[0].find(',') != std::string::npos) {
    // `a,b x y` stands for a/x a/y b/x b/y.
    std::vector<std::string> pairs;
    for (const std::string& kind : split_words(words[0], ',')) {
      for (size_t i = 1; i < words.size(); ++i) pairs.push_back(kind + "/" + words[i]);
    }
    words = std::move(pairs);
  }
  for (const std::string& word : words) {
    if (word.find('/') != std::string::npos) ++with_slash;
  }
  if (with_slash > 0 && with_slash != words.size()) {
    co_return failed(
        "there is no need to specify a resource type as a separate argument when passing "
        "arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of "
        "'kubectl get resource resource/<resource_name>'");
  }
  std::vector<std::pair<std::string, std::string>> pairs;  // kind and name
  std::vector<std::string> kinds;
  std::vector<std::string> names;
  if (with_slash > 0) {
    for (const std::string& word : words) {
      const std::vector<std::string> parts = split_words(word, '/');
      if (parts.size() != 2) {
        co_return failed("arguments in resource/name form may not have more than one slash");
      }
      if (parts[0].empty() || parts[1].empty() || parts[0].find(',') != std::string::npos) {
        co_return failed("arguments in resource/name form must have a single resource and name");
      }
      pairs.emplace_back(parts[0], parts[1]);
    }
  } else if (!words.empty()) {
    names.assign(words.begin() + 1, words.end());
    kinds = expanded(call, words[0]);
    if (kinds.size() == 1 && matching_resources(kinds[0]).empty() && !call->kinds.has_discovered) {
      const Error error = co_await discover(call, false);
      if (error) {
        out.errors.push_back(error);
        co_return out;
      }
      kinds = expanded(call, words[0]);
    }
  }
  const bool lists = selects || (options.kind_means_all && words.size() == 1 && with_slash == 0);
  if (lists) {
    if (!names.empty()) co_return failed("name cannot be provided when a selector is specified");
    if (!pairs.empty()) {
      co_return failed(
          "selectors and the all flag cannot be used when passing resource/name arguments");
    }
    if (kinds.empty()) {
      co_return failed("at least one resource must be specified to use a selector");
    }
    for (const std::string& word : kinds) {
      const FoundKind found = co_await kind_by_word(call, word);
      if (found.error) {
        out.items.clear();
        out.errors.push_back(found.error);
        co_return out;
      }
      Item item;
      item.kind = found.kind;
      item.space = found.kind->namespaced ? space : std::string();
      out.items.push_back(std::move(item));
    }
    co_return out;
  }
  if (kinds.size() > 0 && names.empty()) {
    co_return failed("resource(s) were provided, but no name was specified");
  }
  for (const std::string& name : names) pairs.emplace_back(kinds[0], name);
  if (pairs.empty()) {
    if (!options.may_be_empty) co_return failed(kMissingResource);
    co_return out;
  }
  out.is_single = pairs.size() == 1;
  for (const auto& [word, name] : pairs) {
    const FoundKind found = co_await kind_by_word(call, word);
    if (found.error) {
      out.items.clear();
      out.errors.push_back(found.error);
      co_return out;
    }
    if (found.kind->namespaced && all_spaces) {
      out.items.clear();
      co_return failed("a resource cannot be retrieved by name across all namespaces");
    }
    Item item;
    item.kind = found.kind;
    item.space = found.kind->namespaced ? space : std::string();
    item.name = name;
    out.items.push_back(std::move(item));
  }
  co_return out;
}

Task<Fetched> fetch(Call call, Plan plan) {
  Fetched out;
  out.errors = plan.errors;
  for (const Item& item : plan.items) {
    if (item.is_list()) {
      const ListResult list =
          co_await list_all(call, item.kind, item.space, plan.label_selector, plan.field_selector);
      if (list.error) {
        out.errors.push_back(list_error(list.error, *item.kind, plan));
        continue;
      }
      for (const Value& object : list.items) {
        Item each = item;
        each.object = object;
        each.name = name_of(object);
        each.space = namespace_of(object);
        out.items.push_back(std::move(each));
      }
      continue;
    }
    Query query("GET", path_of(*item.kind, item.space, item.name));
    const ObjectResult got = co_await ask(call, std::move(query));
    if (got.error) {
      out.errors.push_back(got.error);
      continue;
    }
    Item each = item;
    each.object = got.object;
    out.items.push_back(std::move(each));
  }
  co_return out;
}

Task<Fetched> find(Call call, PlanOptions options, std::vector<std::string> words) {
  Plan planned = co_await plan(call, options, std::move(words));
  co_return co_await fetch(call, std::move(planned));
}

}  // namespace sim::k8s::kubectl
