#include "sim/k8s/controllers/revisions.h"

#include <algorithm>
#include <utility>

#include "sim/k8s/controllers/pods.h"

namespace sim::k8s::revisions {

Value template_patch(const Value& object) {
  const Value pod_template = object["spec"]["template"].with("$patch", "replace");
  return Value::empty_object().with_in({"spec", "template"}, pod_template);
}

Value restored(const Value& object, const Value& revision) {
  const Value& kept = revision["data"]["spec"]["template"];
  return kept ? object.with_in({"spec", "template"}, kept.without("$patch")) : object;
}

std::vector<Value> sorted(std::span<const Value> all) {
  std::vector<Value> out(all.begin(), all.end());
  std::stable_sort(out.begin(), out.end(), [](const Value& a, const Value& b) {
    return number_of(a) == number_of(b) ? is_older(a, b) : number_of(a) < number_of(b);
  });
  return out;
}

int64_t next_number(std::span<const Value> all) {
  int64_t most = 0;
  for (const Value& revision : all) most = std::max(most, number_of(revision));
  return most + 1;
}

Value make_revision(const Value& owner, const Resource& owners, const Naming& naming,
                    int64_t number) {
  constexpr size_t kPrefixChars = 223;  // what a name has room for before a hash
  std::string name(name_of(owner).substr(0, kPrefixChars));
  name += '-';
  name += naming.hash;
  const Value reference = controller_reference(owner, owners.object_kind());
  json::Object labels(owner["spec"]["template"]["metadata"]["labels"]);
  labels.set(naming.label, naming.hash);
  json::Object meta;
  meta.set("name", name);
  meta.set("namespace", namespace_of(owner));
  meta.set("labels", std::move(labels).build());
  meta.set_nonzero("annotations", metadata(owner)["annotations"]);
  meta.set("ownerReferences", json::Array().add(reference).build());
  return json::Object()
      .set("apiVersion", kControllerRevisions.api_version)
      .set("kind", kControllerRevisions.kind)
      .set("metadata", std::move(meta).build())
      .set("data", template_patch(owner))
      .set("revision", number)
      .build();
}

std::vector<Value> surplus(std::span<const Value> all, std::span<const std::string> in_use,
                           int64_t limit) {
  std::vector<Value> out;
  for (const Value& revision : all) {
    if (std::find(in_use.begin(), in_use.end(), name_of(revision)) == in_use.end()) {
      out.push_back(revision);
    }
  }
  const int64_t count = static_cast<int64_t>(out.size()) - limit;
  out.resize(static_cast<size_t>(std::clamp<int64_t>(count, 0, static_cast<int64_t>(out.size()))));
  return out;
}

}  // namespace sim::k8s::revisions
