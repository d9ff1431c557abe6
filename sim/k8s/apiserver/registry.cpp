#include "sim/k8s/apiserver/registry.h"

#include <utility>

#include "engine/task/go.h"
#include "engine/task/print.h"
#include "engine/world/hash.h"
#include "sim/k8s/api/time.h"
#include "sim/k8s/apiserver/admission.h"
#include "sim/k8s/schema/decode.h"
#include "sim/node/machine.h"

namespace sim::k8s {
namespace {

using engine::Task;

/// How often a change is tried again when others change the object, too.
constexpr int kTries = 10;

Value type_set(const KindInfo& kind, const Value& object) {
  return object.with("kind", kind.kind).with("apiVersion", kind.api_version());
}

// The parts of an object that clients may change, for telling whether its generation is another.
Value without_metadata_and_status(const Value& object) {
  return object.without("metadata").without("status");
}

}  // namespace

Registry::Registry(Store& store) : store_(store) {
  // What a real server takes from its source of randomness.
  const engine::EntityKey key = engine::current_process().next_key();
  secret_ = engine::choose(engine::ChoiceKind::kSecret, key, UINT32_MAX);
}

uint64_t Registry::draw() {
  return engine::combine(secret_, ++drawn_);
}

std::string Registry::new_uid() {
  constexpr std::string_view kHex = "0123456789abcdef";
  uint64_t words[2] = {draw(), draw()};
  std::string out;
  for (int i = 0; i < 32; ++i) {
    if (i == 8 || i == 12 || i == 16 || i == 20) out += '-';
    auto digit = static_cast<size_t>((words[i / 16] >> (4 * (i % 16))) & 15);
    if (i == 12) digit = 4;                // the version: random
    if (i == 16) digit = 8 | (digit & 3);  // the variant of RFC 9562
    out += kHex[digit];
  }
  return out;
}

// Source: apimachinery's util/rand: no vowels, nothing that can be mistaken for another.
std::string Registry::name_suffix() {
  constexpr std::string_view kLetters = "bcdfghjklmnpqrstvwxz2456789";
  constexpr int kLength = 5;
  uint64_t bits = draw();
  std::string out;
  for (int i = 0; i < kLength; ++i) {
    out += kLetters[bits % kLetters.size()];
    bits /= kLetters.size();
  }
  return out;
}

std::string Registry::now_text() {
  return time_text(node::unix_nano());
}

std::string Registry::key_of(const KindInfo& kind, std::string_view space, std::string_view name) {
  std::string key = "/registry/";
  if (!kind.group.empty()) {
    key += kind.group;
    key += '/';
  }
  key += kind.plural;
  key += '/';
  if (!space.empty()) {
    key += space;
    key += '/';
  }
  key += name;
  return key;
}

Cacher& Registry::cacher(const KindInfo& kind) {
  std::unique_ptr<Cacher>& cacher = cachers_[&kind];
  if (!cacher) {
    cacher = std::make_unique<Cacher>(store_, kind, key_of(kind, {}, {}));
    engine::go([self = engine::Ref<Registry>(this), served = cacher.get()]() -> Task<> {
      co_await served->run();
    }).set_name("cacher");
  }
  return *cacher;
}

Task<Answer> Registry::get(const KindInfo& kind, std::string space, std::string name) {
  const Store::Got got = co_await store_.get(key_of(kind, space, name));
  if (got.error) co_return internal_error(got.error.message());
  if (!got.value) co_return not_found(resource_of(kind), name);
  co_return Answer{200, got.value};
}

// Checks and cleans what a client sent. A failure, or the object.
Answer Registry::decoded(const KindInfo& kind, const Value& object, Options& options) {
  if (!object.is_object()) return bad_request("the object provided is not an object");
  const Value typed = type_set(kind, object);
  const bool says_kind = object.contains("kind") && object.contains("apiVersion");
  if (says_kind && typed["apiVersion"] != object["apiVersion"]) {
    return bad_request("the API version in the data (" + std::string(api_version_of(object)) +
                       ") does not match the expected API version (" +
                       std::string(api_version_of(typed)) + ")");
  }
  if (says_kind && typed["kind"] != object["kind"]) {
    return bad_request(std::string(kind_of(object)) + " in version \"" + std::string(kind.version) +
                       "\" cannot be handled as a " + std::string(kind.kind) + ": no kind \"" +
                       std::string(kind_of(object)) + "\" is registered for version \"" +
                       std::string(api_version_of(typed)) + "\"");
  }
  if (kind.schema == nullptr) return {200, typed};
  Decoded out = decode(*kind.schema, typed, kind.kind);
  const std::string_view api_version = api_version_of(typed);
  if (!out.error.empty()) return bad_request(decode_failure(api_version, kind.kind, out.error));
  if (!out.strict.empty()) {
    if (options.field_validation == "Strict") {
      return bad_request(decode_failure(api_version, kind.kind, strict_failure(out.strict)));
    }
    if (options.field_validation != "Ignore") {
      for (std::string& error : out.strict) options.warnings.push_back(std::move(error));
    }
  }
  return {200, std::move(out.value)};
}

Task<Answer> Registry::admit(Attributes& attributes) {
  for (const Admission admission : kAdmissions) {
    const Answer answer = co_await admission(*this, attributes);
    if (answer.failed()) co_return answer;
  }
  co_return Answer{};
}

Task<Answer> Registry::create(const KindInfo& kind, std::string space, Value object,
                              Options& options) {
  const engine::Ref<Registry> self(this);
  Answer read = decoded(kind, object, options);
  if (read.failed()) co_return read;
  object = std::move(read.body);
  if (kind.namespaced) {
    const std::string_view said = namespace_of(object);
    if (!said.empty() && said != space) {
      co_return bad_request(
          "the namespace of the provided object does not match the namespace sent on the request");
    }
    object = with_meta(object, "namespace", space);
  } else if (metadata(object).contains("namespace")) {
    object = with_meta(object, "namespace", {});
  }
  if (!metadata(object)["resourceVersion"].is_zero()) {
    co_return bad_request("resourceVersion should not be set on objects to be created");
  }
  const bool generates = name_of(object).empty() && metadata(object).contains("generateName");
  const Strategy& strategy = strategy_of(kind);
  object = json::Object(object)
               .set("metadata", json::Object(metadata(object))
                                    .set("uid", new_uid())
                                    .set("creationTimestamp", now_text())
                                    .set("deletionTimestamp", {})
                                    .set("deletionGracePeriodSeconds", {})
                                    .set("selfLink", {})
                                    .set("resourceVersion", {})
                                    .build())
               .build();
  if (strategy.counts_generations) object = with_meta(object, "generation", 1);

  Attributes attributes;
  attributes.kind = &kind;
  attributes.verb = Verb::kCreate;
  attributes.space = space;
  for (int tries = 0;; ++tries) {
    // The name comes first: defaults may put it elsewhere, too.
    attributes.object = object;
    if (generates) {
      std::string name(metadata(object)["generateName"].text());
      constexpr size_t kMost = 58;  // what is left of 63 with the suffix
      if (name.size() > kMost) name.resize(kMost);
      attributes.object = with_meta(object, "name", name + name_suffix());
    }
    attributes.name = name_of(attributes.object);
    if (strategy.defaults != nullptr) attributes.object = strategy.defaults(attributes.object);
    if (strategy.prepare_create != nullptr) {
      attributes.object = strategy.prepare_create(attributes.object);
    }
    const Answer admitted = co_await admit(attributes);
    if (admitted.failed()) co_return admitted;
    const Value made = attributes.object;
    FieldErrors errors;
    validate_metadata(made, kind, errors);
    if (strategy.validate != nullptr) strategy.validate(made, errors);
    if (!errors.empty()) {
      co_return invalid(kind_name_of(kind), attributes.name, errors);
    }
    if (options.dry_run) co_return Answer{201, made};
    const Store::Written written =
        co_await store_.put(key_of(kind, space, attributes.name), made, 0);
    if (written.error) co_return internal_error(written.error.message());
    if (!written.conflict) co_return Answer{201, written.value};
    if (!generates || tries == kTries) {
      co_return already_exists(resource_of(kind), attributes.name);
    }
  }
}

Task<Answer> Registry::update(const KindInfo& kind, RequestInfo info, Value object,
                              Options& options) {
  const engine::Ref<Registry> self(this);
  Answer read = decoded(kind, object, options);
  if (read.failed()) co_return read;
  object = std::move(read.body);
  if (name_of(object) != info.name) {
    co_return bad_request("the name of the object (" + std::string(name_of(object)) +
                          ") does not match the name on the URL (" + info.name + ")");
  }
  if (kind.namespaced && !namespace_of(object).empty() && namespace_of(object) != info.space) {
    co_return bad_request(
        "the namespace of the provided object does not match the namespace sent on the request");
  }
  const bool unconditional = metadata(object)["resourceVersion"].is_zero();
  for (int tries = 0; tries < kTries; ++tries) {
    const Store::Got got = co_await store_.get(key_of(kind, info.space, info.name));
    if (got.error) co_return internal_error(got.error.message());
    if (!got.value) co_return not_found(resource_of(kind), info.name);
    if (unconditional && !strategy_of(kind).unconditional_update) {
      FieldErrors errors;
      errors.invalid(FieldPath("metadata").child("resourceVersion"), 0,
                     "must be specified for an update");
      co_return invalid(kind_name_of(kind), info.name, errors);
    }
    if (!unconditional && resource_version_of(object) != resource_version_of(got.value)) {
      co_return conflict(resource_of(kind), info.name);
    }
    const std::string_view uid = uid_of(object);
    if (!uid.empty() && uid != uid_of(got.value)) {
      co_return conflict(resource_of(kind), info.name,
                         "Precondition failed: UID in precondition: " + std::string(uid) +
                             ", UID in object meta: " + std::string(uid_of(got.value)));
    }
    const Answer answer = co_await update_to(kind, info, object, got.value, options);
    if (answer.code != 409 || !unconditional) co_return answer;
  }
  co_return conflict(resource_of(kind), info.name);
}

Task<Answer> Registry::modify(const KindInfo& kind, RequestInfo info, const Change& change,
                              Options& options) {
  const engine::Ref<Registry> self(this);
  for (int tries = 0; tries < kTries; ++tries) {
    const Store::Got got = co_await store_.get(key_of(kind, info.space, info.name));
    if (got.error) co_return internal_error(got.error.message());
    if (!got.value) co_return not_found(resource_of(kind), info.name);
    const Answer changed = change(got.value);
    if (changed.failed()) co_return changed;
    const Answer read = decoded(kind, changed.body, options);
    if (read.failed()) co_return read;
    // A change that names a version wants that one.
    const int64_t wanted = resource_version_of(read.body);
    if (wanted != 0 && wanted != resource_version_of(got.value)) {
      co_return conflict(resource_of(kind), info.name);
    }
    const Answer answer = co_await update_to(kind, info, read.body, got.value, options);
    if (answer.code != 409) co_return answer;
  }
  co_return conflict(resource_of(kind), info.name);
}

// One attempt to replace `old`: 409 if somebody was faster.
Task<Answer> Registry::update_to(const KindInfo& kind, RequestInfo info, Value object, Value old,
                                 Options& options) {
  const Strategy& strategy = strategy_of(kind);
  const Value& before = metadata(old);
  json::Object meta(metadata(object));
  for (const std::string_view fixed :
       {"uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation",
        "resourceVersion", "generateName", "namespace"}) {
    meta.set(fixed, before[fixed]);
  }
  object = object.with("metadata", meta.build());
  const bool is_status = info.subresource == "status";
  if (is_status) {
    // Everything but the status stays, and some metadata.
    object = json::Object(old)
                 .set("status", object["status"])
                 .set("metadata", json::Object(before)
                                      .set("labels", metadata(object)["labels"])
                                      .set("annotations", metadata(object)["annotations"])
                                      .set("finalizers", metadata(object)["finalizers"])
                                      .set("ownerReferences", metadata(object)["ownerReferences"])
                                      .build())
                 .build();
  } else if (info.subresource.empty()) {
    if (strategy.defaults != nullptr) object = strategy.defaults(object);
    if (kind.has_status) object = object.with("status", old["status"]);
    if (strategy.prepare_update != nullptr) object = strategy.prepare_update(object, old);
    const bool other = without_metadata_and_status(object) != without_metadata_and_status(old);
    if (strategy.counts_generations && other) {
      object = with_meta(object, "generation", before["generation"].integer() + 1);
    }
  }
  Attributes attributes;
  attributes.kind = &kind;
  attributes.verb = Verb::kUpdate;
  attributes.space = info.space;
  attributes.name = info.name;
  attributes.subresource = info.subresource;
  attributes.object = object;
  attributes.old = old;
  const Answer admitted = co_await admit(attributes);
  if (admitted.failed()) co_return admitted;
  object = attributes.object;
  FieldErrors errors;
  validate_metadata_update(object, old, errors);
  if (info.subresource.empty()) {
    validate_metadata(object, kind, errors);
    if (strategy.validate != nullptr) strategy.validate(object, errors);
    if (strategy.validate_update != nullptr) strategy.validate_update(object, old, errors);
  }
  if (!errors.empty()) {
    co_return invalid(kind_name_of(kind), info.name, errors);
  }
  if (object == old || options.dry_run) co_return Answer{200, object};
  const std::string key = key_of(kind, info.space, info.name);
  const int64_t expected = resource_version_of(old);
  // The last finalizer is gone: so is the object.
  const bool ends = is_being_deleted(old) && metadata(object)["finalizers"].size() == 0 &&
                    object["spec"]["finalizers"].size() == 0 &&
                    metadata(object)["deletionGracePeriodSeconds"].integer() == 0;
  if (ends) {
    const Store::Written removed = co_await store_.remove(key, expected);
    if (removed.error) co_return internal_error(removed.error.message());
    if (removed.conflict) co_return conflict(resource_of(kind), info.name);
    co_return Answer{200, object};
  }
  const Store::Written written = co_await store_.put(key, object, expected);
  if (written.error) co_return internal_error(written.error.message());
  if (written.conflict) co_return conflict(resource_of(kind), info.name);
  co_return Answer{200, written.value};
}

namespace {

// How long a pod that is to be deleted may go on, in seconds. Nothing: not at all.
int64_t grace_of(const KindInfo& kind, const Value& object, const Value& options) {
  if (kind.plural != "pods" || !kind.group.empty()) return 0;
  const std::string_view phase = object["status"]["phase"].text();
  const bool runs_nowhere = object["spec"]["nodeName"].text().empty();
  if (runs_nowhere || phase == "Failed" || phase == "Succeeded") return 0;
  constexpr int64_t kDefaultGrace = 30;
  const int64_t own = object["spec"]["terminationGracePeriodSeconds"].integer(kDefaultGrace);
  return std::max<int64_t>(0, options["gracePeriodSeconds"].integer(own));
}

Value with_finalizer(const Value& object, std::string_view finalizer) {
  if (has_finalizer(object, finalizer)) return object;
  return with_meta(object, "finalizers", metadata(object)["finalizers"].appended(finalizer));
}

}  // namespace

Task<Answer> Registry::remove(const KindInfo& kind, std::string space, std::string name,
                              Value delete_options) {
  const engine::Ref<Registry> self(this);
  const std::string key = key_of(kind, space, name);
  for (int tries = 0; tries < kTries; ++tries) {
    const Store::Got got = co_await store_.get(key);
    if (got.error) co_return internal_error(got.error.message());
    if (!got.value) co_return not_found(resource_of(kind), name);
    const Value& old = got.value;
    const Value& wanted = delete_options["preconditions"];
    const std::string_view uid = wanted["uid"].text();
    if (!uid.empty() && uid != uid_of(old)) {
      co_return conflict(resource_of(kind), name,
                         "Precondition failed: UID in precondition: " + std::string(uid) +
                             ", UID in object meta: " + std::string(uid_of(old)));
    }
    const std::string_view version = wanted["resourceVersion"].text();
    if (!version.empty() && version != metadata(old)["resourceVersion"].text()) {
      co_return conflict(resource_of(kind), name,
                         "Precondition failed: ResourceVersion in precondition: " +
                             std::string(version) + ", ResourceVersion in object meta: " +
                             std::string(metadata(old)["resourceVersion"].text()));
    }
    Attributes attributes;
    attributes.kind = &kind;
    attributes.verb = Verb::kDelete;
    attributes.space = space;
    attributes.name = name;
    attributes.old = old;
    const Answer admitted = co_await admit(attributes);
    if (admitted.failed()) co_return admitted;

    Value object = old;
    const std::string_view policy = delete_options["propagationPolicy"].text();
    if (policy == "Foreground") object = with_finalizer(object, "foregroundDeletion");
    if (policy == "Orphan") object = with_finalizer(object, "orphan");
    const int64_t grace = grace_of(kind, old, delete_options);
    const bool waits = grace > 0 || metadata(object)["finalizers"].size() > 0 ||
                       object["spec"]["finalizers"].size() > 0;
    if (!waits) {
      const Store::Written removed = co_await store_.remove(key, resource_version_of(old));
      if (removed.error) co_return internal_error(removed.error.message());
      if (removed.conflict) continue;
      // A pod that was already on its way out is given back, as are all with a grace period.
      if (kind.plural == "pods" || kind.plural == "namespaces") {
        co_return Answer{200, removed.value};
      }
      co_return deleted(resource_of(kind), name, uid_of(old));
    }
    const bool again = is_being_deleted(old);
    const int64_t had = metadata(old)["deletionGracePeriodSeconds"].integer(0);
    if (again && grace >= had && object == old) co_return Answer{200, old};
    if (!again || grace < had) {
      const int64_t now = node::unix_nano();
      constexpr int64_t kSecondNs = 1'000'000'000;
      object = with_meta(object, "deletionTimestamp", time_text(now + grace * kSecondNs));
      object = with_meta(object, "deletionGracePeriodSeconds", grace);
      const int64_t generation = metadata(object)["generation"].integer();
      if (!again && generation > 0) object = with_meta(object, "generation", generation + 1);
      if (kind.plural == "namespaces" && kind.group.empty()) {
        object = object.with_in({"status", "phase"}, "Terminating");
      }
    }
    const Store::Written written = co_await store_.put(key, object, resource_version_of(old));
    if (written.error) co_return internal_error(written.error.message());
    if (!written.conflict) co_return Answer{200, written.value};
  }
  co_return conflict(resource_of(kind), name);
}

Task<> Registry::run() {
  const engine::Ref<Registry> self(this);
  const KindInfo* const definitions =
      resources_.find("apiextensions.k8s.io", "v1", "customresourcedefinitions");
  std::vector<const KindInfo*> kinds = resources_.all();
  for (const KindInfo* kind : kinds) static_cast<void>(cacher(*kind));
  if (definitions == nullptr) co_return;
  const std::string prefix = key_of(*definitions, {}, {});
  while (true) {
    const Store::Listed listed = co_await store_.list(prefix);
    for (const Value& definition : listed.items) resources_.define(definition);
    const engine::Ref<StoreWatch> watch = store_.watch(prefix, listed.revision);
    while (true) {
      const StoreWatch::Next next = co_await watch->next();
      if (next.error) break;
      for (const StoreEvent& event : next.events) {
        if (event.deleted) {
          resources_.forget(name_of(event.value));
        } else {
          resources_.define(event.value);
        }
      }
      kinds = resources_.all();
      for (const KindInfo* kind : kinds) static_cast<void>(cacher(*kind));
    }
    watch->stop();
    co_await engine::sleep_for(engine::kSecond);
  }
}

}  // namespace sim::k8s
