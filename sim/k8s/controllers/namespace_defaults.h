// sim/k8s/controllers/namespace_defaults.h: what every namespace has from the start.
//
// Concept: two controllers that put an object into each namespace that is not on its way out, and
// put it back if it goes or is changed: the ServiceAccount `default` and the ConfigMap
// `kube-root-ca.crt`.
// Source: kube-controller-manager, serviceaccount-controller and
// root-ca-certificate-publisher-controller (5 workers).

#pragma once

#include <string>
#include <string_view>

#include "sim/k8s/controllers/controller.h"

namespace sim::k8s {

inline constexpr std::string_view kDefaultAccount = "default";
inline constexpr std::string_view kRootCaConfigMap = "kube-root-ca.crt";

Value default_account(std::string_view space);
Value root_ca_config_map(std::string_view space, std::string_view certificate);
/// The same with the certificate and the annotation restored.
Value with_root_ca(const Value& config_map, std::string_view certificate);

/// Each starts its workers and returns; they end with `context`. Asks for its informers before it
/// suspends.
engine::Task<> run_service_accounts(ControllerContext controllers, engine::Context context);
/// `certificate`: in PEM, what makes the API server's certificate trusted.
engine::Task<> run_root_ca_publisher(ControllerContext controllers, std::string certificate,
                                     engine::Context context);

}  // namespace sim::k8s
