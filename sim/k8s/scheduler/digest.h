// sim/k8s/scheduler/digest.h: what the scheduler knows of a pod, read once from its object.
//
// Concept: a pod's digest is small, since pods of one template share what is large. PodSpec is what
// follows from the spec, PodIdentity what others' selectors look at: namespace and labels. Both are
// found again by the identity of the values they were read from.
// Lifetime: counted; the last pod takes them along. They hold what they need of the Index.
// Source: Kubernetes' documentation, "Pod", and kube-scheduler's framework.PodInfo.
// Not modelled: pod-level resources, resize in place, resource claims.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/sync/counted.h"
#include "engine/world/object.h"
#include "sim/k8s/api/object.h"
#include "sim/k8s/scheduler/match.h"
#include "sim/k8s/scheduler/value_map.h"

namespace sim::k8s::scheduler {

class Digests;
class Index;
class SpreadDefaults;

/// What scoring takes a container for that asks for nothing. Source: scheduler/util/pod_resources.
inline constexpr int64_t kDefaultMilliCpu = 100;
inline constexpr int64_t kDefaultMemory = int64_t{200} * 1024 * 1024;

struct Resources {
  int64_t milli_cpu = 0;
  int64_t memory = 0;   // bytes
  int64_t storage = 0;  // ephemeral, bytes
  bool operator==(const Resources&) const = default;
};
/// An amount of a resource with a name of its own, such as a GPU.
struct Amount {
  uint32_t resource = 0;  // an id of Names
  int64_t amount = 0;
};
int64_t amount_of(const std::vector<Amount>& amounts, uint32_t resource);
void add_amount(std::vector<Amount>& amounts, uint32_t resource, int64_t amount);

/// A port of the node that a container takes.
struct HostPort {
  enum class Protocol : uint8_t { kTcp, kUdp, kSctp };
  Value ip;  // absent: all addresses
  int32_t port = 0;
  Protocol protocol = Protocol::kTcp;
  [[nodiscard]] bool conflicts_with(const HostPort& other) const {
    return port == other.port && protocol == other.protocol && (!ip || !other.ip || ip == other.ip);
  }
};

/// Pods of a class, counted where a topology key says.
struct PodTerm {
  uint32_t pods = 0;  // a class of the Index
  uint32_t key = 0;   // a topology key of the Index
  int64_t weight = 0;
};

struct SpreadConstraint {
  uint32_t key = 0;
  uint32_t pods = 0;  // a class
  int32_t max_skew = 1;
  int32_t min_domains = 1;
  bool must = true;  // DoNotSchedule
  bool honor_affinity = true;
  bool honor_taints = false;
};

struct PreferredNodes {
  int64_t weight = 0;
  NodeTerm term;
};

class PodSpec final : public engine::Counted<PodSpec> {
 public:
  ~PodSpec();

  Resources requests;
  /// As `requests`, but containers that ask for nothing count; scoring uses these.
  int64_t nonzero_milli_cpu = 0;
  int64_t nonzero_memory = 0;
  std::vector<Amount> amounts;
  std::vector<HostPort> ports;
  std::vector<uint32_t> images;  // an id of Names for each container, normalized
  NodeAffinity nodes;
  std::vector<PreferredNodes> preferred_nodes;
  std::vector<Toleration> tolerations;
  /// Pods that match all the required terms at once, and the keys of these terms.
  std::optional<uint32_t> required_pods;
  std::vector<uint32_t> required_keys;
  std::vector<PodTerm> forbidden;  // required anti-affinity
  std::vector<PodTerm> preferred;  // with the sign of affinity or anti-affinity
  std::vector<uint32_t> owned;     // terms of the Index that this pod brings along
  std::vector<SpreadConstraint> spread;
  int32_t priority = 0;
  bool never_preempts = false;
  /// Whether it has pod (anti-)affinity of its own.
  bool has_pod_affinity = false;

 private:
  friend class Digests;
  Value key_;
  Digests* digests_ = nullptr;
  std::vector<uint32_t> classes_held_;
};

class PodIdentity final : public engine::Counted<PodIdentity> {
 public:
  ~PodIdentity();
  Value space;
  Value labels;

 private:
  friend class Digests;
  friend class Index;
  friend class SpreadDefaults;
  Value key_;
  Digests* digests_ = nullptr;
  // What of the index matches; brought up to date when somebody asks.
  std::vector<uint32_t> classes_;
  std::vector<uint32_t> terms_;
  uint32_t classes_seen_ = 0;
  uint32_t terms_seen_ = 0;
  uint32_t deaths_seen_ = 0;
  uint32_t epoch_ = 0;
  // The class by which it is spread if it does not say how, and what that was found for.
  Value default_controller_;
  uint64_t default_version_ = 0;
  std::optional<uint32_t> default_pods_;
};

/// A pod; owned by the Cluster.
struct PodInfo {
  Value object;  // the latest
  engine::Ref<PodSpec> spec;
  engine::Ref<PodIdentity> identity;
  Value claims;                // the names of its volume claims, a list; absent if it has none
  Value nominated;             // the node that it made room on, or absent
  int64_t start_ns = 0;        // since 1970; 0: it has not started
  uint32_t node = UINT32_MAX;  // where it is, of the Cluster
  uint32_t place_on_node = 0;  // in that node's list
  uint32_t nominated_node = UINT32_MAX;
  bool assumed = false;  // it is not bound yet
  bool terminating = false;
  bool preempted = false;  // terminating because the scheduler took it away

  [[nodiscard]] const Value& name() const { return metadata(object)["name"]; }
  [[nodiscard]] const Value& uid() const { return metadata(object)["uid"]; }
  [[nodiscard]] int32_t priority() const { return spec->priority; }
};

/// Names that are numbers in digests.
struct Names {
  ValueIds resources;
  ValueIds images;
};

/// The digests that exist, by what they were read from.
class Digests {
 public:
  explicit Digests(Index& index) : index_(index) {}
  Digests(const Digests&) = delete;
  Digests& operator=(const Digests&) = delete;

  engine::Ref<PodSpec> spec_of(const Value& pod);
  engine::Ref<PodIdentity> identity_of(const Value& pod);
  /// Reads what is of this pod alone, too. Where it runs is the Cluster's business.
  void read(const Value& pod, PodInfo& out);

  Names& names() { return names_; }
  [[nodiscard]] const Names& names() const { return names_; }
  /// How many there are.
  [[nodiscard]] uint32_t specs() const { return specs_.count(); }
  [[nodiscard]] uint32_t identities() const { return identities_.count(); }

 private:
  friend class PodSpec;
  friend class PodIdentity;
  void read_resources(const Value& pod_spec, PodSpec& out);
  void read_containers(const Value& pod_spec, PodSpec& out);
  void read_pod_affinity(const Value& pod, PodSpec& out);
  void read_spread(const Value& pod, PodSpec& out);
  uint32_t hold(PodSpec& spec, const Value& pod_class);

  Index& index_;
  Names names_;
  ValueMap<PodSpec*> specs_;
  ValueMap<PodIdentity*> identities_;
};

/// `registry/image` with the tag `latest` if it has none. Source: ImageLocality.
std::string normalized_image(std::string_view name);
/// Resources with names of their own: extended ones, huge pages. Source: IsScalarResourceName.
bool is_scalar_resource(std::string_view name);

}  // namespace sim::k8s::scheduler
