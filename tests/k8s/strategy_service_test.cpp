// tests/k8s/strategy_service_test.cpp: services, endpoints, ingresses, network policies.

#include <catch_amalgamated.hpp>

#include <string>

#include "tests/k8s/strategy_tester.h"

namespace {

using support::json;
using support::Kind;
using support::Value;

Value object(std::string_view fields) {
  return json(R"({"metadata": {"name": "web", "namespace": "x"}, )" + std::string(fields) + "}");
}

Value service(std::string_view spec) {
  return object(R"("spec": )" + std::string(spec));
}

std::string service_problems(std::string_view spec) {
  return Kind("", "services").problems(service(spec));
}

}  // namespace

TEST_CASE("A service gets its defaults, but no address") {
  const support::InWorld world;
  const Kind kind("", "services");
  const Value made = kind.created(service(R"({"ports": [{"port": 80}, {"port": 53, "name": "dns",
      "protocol": "UDP", "targetPort": "dns"}]})"));
  CHECK(made["spec"] == json(R"({
    "internalTrafficPolicy": "Cluster", "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack",
    "ports": [{"port": 80, "protocol": "TCP", "targetPort": 80},
              {"name": "dns", "port": 53, "protocol": "UDP", "targetPort": "dns"}],
    "sessionAffinity": "None", "type": "ClusterIP"})"));
  CHECK(made["status"] == json(R"({"loadBalancer": {}})"));
  CHECK(kind.defaulted(made) == made);
}

TEST_CASE("Services that others reach have traffic policies; external names have nothing") {
  const support::InWorld world;
  const Kind kind("", "services");
  const Value balanced =
      kind.defaulted(service(R"({"type": "LoadBalancer", "ports": [{"port": 80}]})"))["spec"];
  CHECK(balanced["externalTrafficPolicy"].text() == "Cluster");
  CHECK(balanced["allocateLoadBalancerNodePorts"].truth());
  const Value named =
      kind.defaulted(service(R"({"type": "ExternalName", "externalName": "a.example.com."})"));
  CHECK(named["spec"] == json(R"({"type": "ExternalName", "externalName": "a.example.com.",
                                  "sessionAffinity": "None"})"));
  CHECK(kind.problems(named) == "");
  const Value sticky =
      kind.defaulted(service(R"({"sessionAffinity": "ClientIP", "ports": [{"port": 80}]})"));
  CHECK(sticky["spec"]["sessionAffinityConfig"] ==
        json(R"({"clientIP": {"timeoutSeconds": 10800}})"));
}

TEST_CASE("A service has ports, named if there are several") {
  const support::InWorld world;
  CHECK(service_problems("{}") == "spec.ports: Required value");
  CHECK(service_problems(R"({"clusterIP": "None"})") == "");
  CHECK(service_problems(R"({"ports": [{"port": 80}, {"port": 81, "name": "b"}]})") ==
        "spec.ports[0].name: Required value");
  CHECK(service_problems(R"({"ports": [{"port": 80, "name": "a"}, {"port": 81, "name": "a"}]})") ==
        "spec.ports[1].name: Duplicate value: \"a\"");
  CHECK(service_problems(R"({"ports": [{"port": 0}]})") ==
        "[spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive, "
        "spec.ports[0].targetPort: Invalid value: 0: must be between 1 and 65535, inclusive]");
  CHECK(service_problems(R"({"ports": [{"port": 80, "name": "a"}, {"port": 80, "name": "b"}]})") ==
        "spec.ports[1]: Duplicate value: {\"port\":80,\"protocol\":\"TCP\"}");
}

TEST_CASE("Node ports are in their range, and only where they are used") {
  const support::InWorld world;
  CHECK(service_problems(R"({"type": "NodePort", "ports": [{"port": 80, "nodePort": 30080}]})") ==
        "");
  CHECK(service_problems(R"({"type": "NodePort", "ports": [{"port": 80, "nodePort": 80}]})") ==
        "spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The "
        "range of valid ports is 30000-32767");
  CHECK(service_problems(R"({"ports": [{"port": 80, "nodePort": 30080}]})") ==
        "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'");
  CHECK(service_problems(R"({"type": "NodePort", "ports": [
            {"name": "a", "port": 80, "nodePort": 30080},
            {"name": "b", "port": 81, "nodePort": 30080}]})") ==
        "spec.ports[1].nodePort: Duplicate value: 30080");
}

TEST_CASE("Types and policies of a service are those that there are") {
  const support::InWorld world;
  CHECK(service_problems(R"({"type": "Internal", "ports": [{"port": 80}]})") ==
        "spec.type: Unsupported value: \"Internal\": supported values: \"ClusterIP\", "
        "\"ExternalName\", \"LoadBalancer\", \"NodePort\"");
  CHECK(service_problems(R"({"externalTrafficPolicy": "Local", "ports": [{"port": 80}]})") ==
        "spec.externalTrafficPolicy: Invalid value: \"Local\": may only be set for "
        "externally-accessible services");
  CHECK(service_problems(R"({"type": "ExternalName"})") == "spec.externalName: Required value");
  CHECK(service_problems(R"({"type": "NodePort", "clusterIP": "None", "ports": [{"port": 80}]})") ==
        "spec.clusterIPs[0]: Invalid value: \"None\": may not be set to 'None' for NodePort "
        "services");
  CHECK(service_problems(R"({"clusterIP": "10.0.0", "ports": [{"port": 80}]})") ==
        "spec.clusterIPs[0]: Invalid value: \"10.0.0\": must be a valid IP address, (e.g. "
        "10.9.8.7 or 2001:db8::ffff)");
  CHECK(service_problems(R"({"externalIPs": ["127.0.0.1"], "ports": [{"port": 80}]})") ==
        "spec.externalIPs[0]: Invalid value: \"127.0.0.1\": may not be in the loopback range "
        "(127.0.0.0/8, ::1/128)");
  CHECK(service_problems(R"({"loadBalancerSourceRanges": ["10.0.0.0/33"], "type": "LoadBalancer",
                             "ports": [{"port": 80}]})") ==
        "spec.LoadBalancerSourceRanges[0]: Invalid value: \"10.0.0.0/33\": must be a valid CIDR "
        "value, (e.g. 10.9.8.0/24 or 2001:db8::/64)");
}

TEST_CASE("A service keeps its address") {
  const support::InWorld world;
  const Kind kind("", "services");
  const Value old = kind.stored(service(R"({"clusterIP": "10.96.0.1", "ports": [{"port": 80}]})"));
  CHECK(old["spec"]["clusterIPs"] == json(R"(["10.96.0.1"])"));
  CHECK(kind.update_problems(old.with_in({"spec", "clusterIP"}, "10.96.0.2"), old) ==
        "spec.clusterIPs[0]: Invalid value: [\"10.96.0.2\"]: may not change once set");
  // Whoever leaves it out means the same one.
  const Value left_out = old.with_in({"spec", "clusterIP"}, {}).with_in({"spec", "clusterIPs"}, {});
  CHECK(kind.updated(left_out, old) == old);
}

TEST_CASE("A service keeps its node ports, and gives them up with its type") {
  const support::InWorld world;
  const Kind kind("", "services");
  const Value old = kind.stored(service(R"({"type": "NodePort", "clusterIP": "10.96.0.1",
      "ports": [{"port": 80, "nodePort": 30080}]})"));
  const Value left_out = old.with_in({"spec", "ports"}, json(R"([{"port": 80}])"));
  CHECK(kind.updated(left_out, old) == old);
  const Value plain = kind.updated(old.with_in({"spec", "type"}, "ClusterIP"), old);
  CHECK_FALSE(plain["spec"]["ports"][0].contains("nodePort"));
  CHECK_FALSE(plain["spec"].contains("externalTrafficPolicy"));
  CHECK(kind.update_problems(old.with_in({"spec", "type"}, "ClusterIP"), old) == "");
  const Value named = old.with_in({"spec", "type"}, "ExternalName")
                          .with_in({"spec", "externalName"}, "a.example.com");
  CHECK(kind.update_problems(named, old) == "");
  CHECK_FALSE(kind.updated(named, old)["spec"].contains("clusterIP"));
}

TEST_CASE("Endpoints have addresses that can be reached") {
  const support::InWorld world;
  const Kind kind("", "endpoints");
  CHECK(kind.defaulted(object(R"("subsets": [{"addresses": [{"ip": "10.0.0.1"}],
                                              "ports": [{"port": 80}]}])"))["subsets"][0]
                                                                           ["ports"] ==
        json(R"([{"port": 80, "protocol": "TCP"}])"));
  CHECK(kind.problems(object(R"("subsets": [{"ports": [{"port": 80}]}])")) ==
        "subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`");
  CHECK(kind.problems(object(R"("subsets": [{"addresses": [{"ip": "169.254.1.1"}]}])")) ==
        "subsets[0].addresses[0].ip: Invalid value: \"169.254.1.1\": may not be in the link-local "
        "range (169.254.0.0/16, fe80::/10)");
}

TEST_CASE("A slice of endpoints keeps its type of addresses") {
  const support::InWorld world;
  const Kind kind("discovery.k8s.io", "endpointslices");
  const Value slice = object(R"("addressType": "IPv4", "ports": [{"port": 80}],
                                "endpoints": [{"addresses": ["10.0.0.1"]}])");
  CHECK(kind.defaulted(slice)["ports"] == json(R"([{"name": "", "port": 80, "protocol": "TCP"}])"));
  CHECK(kind.problems(slice) == "");
  CHECK(kind.problems(slice.with("addressType", "IP")) ==
        "[addressType: Unsupported value: \"IP\": supported values: \"FQDN\", \"IPv4\", \"IPv6\", "
        "endpoints[0].addresses[0]: Invalid value: \"10.0.0.1\": must be a valid IPv6 address]");
  const Value old = kind.stored(slice);
  CHECK(kind.update_problems(
            old.with("addressType", "FQDN").with("endpoints", Value::empty_array()), old) ==
        "addressType: Invalid value: \"FQDN\": field is immutable");
}

TEST_CASE("An ingress leads somewhere") {
  const support::InWorld world;
  const Kind kind("networking.k8s.io", "ingresses");
  const auto rule = [&kind](std::string_view fields) {
    return kind.problems(object(R"("spec": {"rules": [{)" + std::string(fields) + "}]}"));
  };
  CHECK(kind.problems(object(R"("spec": {})")) ==
        "spec: Invalid value: []: either `defaultBackend` or `rules` must be specified");
  CHECK(rule(R"("host": "*.example.com", "http": {"paths": [{"path": "/", "pathType": "Prefix",
                "backend": {"service": {"name": "web", "port": {"number": 80}}}}]})") == "");
  CHECK(rule(R"("host": "10.0.0.1")") ==
        "spec.rules[0].host: Invalid value: \"10.0.0.1\": must be a DNS name, not an IP address");
  CHECK(rule(R"("http": {"paths": [{"path": "a", "pathType": "Exact",
                "backend": {"service": {"name": "web", "port": {"number": 80}}}}]})") ==
        "spec.rules[0].http.paths[0].path: Invalid value: \"a\": must be an absolute path");
  CHECK(rule(R"("http": {"paths": [{"path": "/",
                "backend": {"service": {"name": "web"}}}]})") ==
        "[spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified, "
        "spec.rules[0].http.paths[0].backend.service: Required value: port name or number is "
        "required]");
}

TEST_CASE("A network policy says what it is about") {
  const support::InWorld world;
  const Kind kind("networking.k8s.io", "networkpolicies");
  const Value made = kind.defaulted(
      object(R"("spec": {"podSelector": {}, "egress": [{"ports": [{"port": 80}]}]})"));
  CHECK(made["spec"]["policyTypes"] == json(R"(["Ingress", "Egress"])"));
  CHECK(made["spec"]["egress"][0]["ports"][0]["protocol"].text() == "TCP");
  CHECK(kind.problems(object(R"("spec": {"podSelector": {}, "ingress": [{"from": [{}]}]})")) ==
        "spec.ingress[0].from[0]: Required value: must specify a peer");
  CHECK(kind.problems(object(R"("spec": {"podSelector": {}, "ingress": [{"ports": [
            {"port": 80, "endPort": 79}]}]})")) ==
        "spec.ingress[0].ports[0].endPort: Invalid value: 80: must be greater than or equal to "
        "`port`");
}
