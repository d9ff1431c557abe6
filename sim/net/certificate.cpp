#include "sim/net/certificate.h"

#include <algorithm>
#include <utility>

#include "engine/world/hash.h"
#include "sim/net/address.h"
#include "sim/net/wire.h"
#include "sim/node/clock.h"

namespace sim::net {
namespace {

using engine::Error;

constexpr int64_t kPerSecond = 1'000'000'000;
/// As many signatures are checked for one chain at most. Source: Go's x509.maxChainSignatureChecks.
constexpr int kSignatureChecksMax = 100;

// What the issuer signs.
std::string signed_part(const Certificate& certificate) {
  std::string out;
  WireWriter writer(out);
  writer.u64(certificate.serial);
  writer.text16(certificate.subject);
  writer.text16(certificate.issuer);
  const size_t names = writer.begin(2);
  for (const std::string& name : certificate.dns_names) writer.text16(name);
  writer.end(names, 2);
  writer.u64(static_cast<uint64_t>(certificate.not_before_s));
  writer.u64(static_cast<uint64_t>(certificate.not_after_s));
  writer.u8(certificate.is_ca ? 1 : 0);
  writer.u64(certificate.key.value);
  return out;
}

bool has_signature_of(const Certificate& certificate, KeyId key) {
  return certificate.signature == sign(key, signed_part(certificate));
}

// Source: Go's x509.Certificate.isValid.
Error time_fault(const Certificate& certificate, int64_t now_ns) {
  const std::string now = "current time " + rfc3339(now_ns / kPerSecond);
  // In seconds first: the bounds may be far beyond what nanoseconds reach.
  const int64_t now_s = now_ns / kPerSecond;
  if (now_s < certificate.not_before_s) {
    return engine::make_error(
        CertificateInvalidError{now + " is before " + rfc3339(certificate.not_before_s)});
  }
  const bool in_last_second = now_s == certificate.not_after_s && now_ns % kPerSecond == 0;
  if (now_s >= certificate.not_after_s && !in_last_second) {
    return engine::make_error(
        CertificateInvalidError{now + " is after " + rfc3339(certificate.not_after_s)});
  }
  return nullptr;
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

// Searches the ways up from a certificate. Source: Go's x509.Certificate.buildChains.
class ChainSearch {
 public:
  ChainSearch(const std::vector<Certificate>& given, const VerifyOptions& options)
      : given_(given), options_(options) {}

  Error run() {
    path_.push_back(&given_.front());
    for (const Certificate& root : options_.roots) {
      if (root == given_.front()) return nullptr;
    }
    if (climb()) return nullptr;
    if (fault_) return fault_;
    return engine::make_error(UnknownAuthorityError{hint_, hint_authority_});
  }

 private:
  bool climb() {
    for (const Certificate& root : options_.roots) {
      if (consider(root)) return true;
    }
    for (size_t i = 1; i < given_.size(); ++i) {
      if (!consider(given_[i])) continue;
      path_.push_back(&given_[i]);
      if (climb()) return true;
      path_.pop_back();
    }
    return false;
  }

  // Whether `candidate` issued the path's last certificate. A root ends the search, so it is
  // enough; an intermediate must be climbed from.
  bool consider(const Certificate& candidate) {
    const Certificate& child = *path_.back();
    if (candidate.subject != child.issuer || checks_ == kSignatureChecksMax) return false;
    for (const Certificate* passed : path_) {
      if (*passed == candidate) return false;
    }
    ++checks_;
    std::string why;
    if (!candidate.is_ca) {
      why = "x509: invalid signature: parent certificate cannot sign this kind of certificate";
    } else if (!has_signature_of(child, candidate.key)) {
      why = "x509: ECDSA verification failure";
    }
    if (!why.empty()) {
      if (hint_.empty()) {
        hint_ = std::move(why);
        hint_authority_ = candidate.subject;
      }
      return false;
    }
    if (Error fault = time_fault(candidate, options_.now_ns)) {
      fault_ = std::move(fault);
      return false;
    }
    return true;
  }

  const std::vector<Certificate>& given_;
  const VerifyOptions& options_;
  std::vector<const Certificate*> path_;
  int checks_ = 0;
  Error fault_;
  std::string hint_;
  std::string hint_authority_;
};

}  // namespace

KeyId key_named(std::string_view name) {
  constexpr uint64_t kKeys = 0x6b6579;
  return {engine::combine(kKeys, engine::hash_bytes(name))};
}

uint64_t sign(KeyId key, std::string_view bytes) {
  return engine::combine(key.value, engine::hash_bytes(bytes));
}

std::string encode(const Certificate& certificate) {
  std::string out = signed_part(certificate);
  WireWriter(out).u64(certificate.signature);
  return out;
}

std::optional<Certificate> decode_certificate(std::string_view bytes) {
  WireReader reader(bytes);
  Certificate certificate;
  certificate.serial = reader.u64();
  certificate.subject = reader.text(2);
  certificate.issuer = reader.text(2);
  WireReader names(reader.text(2));
  while (!names.done()) certificate.dns_names.emplace_back(names.text(2));
  certificate.not_before_s = static_cast<int64_t>(reader.u64());
  certificate.not_after_s = static_cast<int64_t>(reader.u64());
  const uint8_t is_ca = reader.u8();
  certificate.is_ca = is_ca == 1;
  certificate.key = {reader.u64()};
  certificate.signature = reader.u64();
  if (!reader.ended_well() || !names.ended_well() || is_ca > 1) return {};
  return certificate;
}

Authority::Authority(std::string_view name, std::string_view key_name) {
  certificate_.issuer = name;
  certificate_.key = key_named(key_name.empty() ? name : key_name);
  certificate_ = fill({.subject = std::string(name)}, true);
}

Certificate Authority::fill(const Request& request, bool is_ca) const {
  constexpr int64_t kHour = 60 * 60;
  constexpr int64_t kLeafDays = 90;
  constexpr int64_t kAuthorityDays = 3650;
  Certificate made;
  made.subject = request.subject;
  made.issuer = certificate_.subject.empty() ? certificate_.issuer : certificate_.subject;
  made.dns_names = request.dns_names;
  made.not_before_s = request.not_before_s.value_or(node::kWorldBeginsUnix - kHour);
  const int64_t days = is_ca ? kAuthorityDays : kLeafDays;
  made.not_after_s = request.not_after_s.value_or(made.not_before_s + days * kDay);
  made.is_ca = is_ca;
  // A root has a key of its own; all others have one of their issuer's and their own name.
  const bool is_root = certificate_.subject.empty();
  const KeyId issuer = certificate_.key;
  made.key = is_root ? issuer : KeyId{sign(issuer, request.subject)};
  made.serial = sign(issuer, signed_part(made)) >> 1;
  made.signature = sign(issuer, signed_part(made));
  return made;
}

Identity Authority::issue(const Request& request) const {
  Identity identity;
  identity.chain.push_back(fill(request, false));
  identity.chain.insert(identity.chain.end(), above_.begin(), above_.end());
  identity.key = identity.chain.front().key;
  return identity;
}

Authority Authority::intermediate(const Request& request) const {
  Authority made;
  made.certificate_ = fill(request, true);
  made.above_.push_back(made.certificate_);
  made.above_.insert(made.above_.end(), above_.begin(), above_.end());
  return made;
}

std::string UnknownAuthorityError::message() const {
  std::string text = "x509: certificate signed by unknown authority";
  if (hint.empty()) return text;
  return text + " (possibly because of \"" + hint +
         "\" while trying to verify candidate authority certificate \"" + hint_authority + "\")";
}

std::string CertificateInvalidError::message() const {
  return "x509: certificate has expired or is not yet valid: " + detail;
}

std::string HostnameError::message() const {
  if (parse_ip(host)) {
    return "x509: cannot validate certificate for " + host +
           " because it doesn't contain any IP SANs";
  }
  std::string valid;
  for (const std::string& name : dns_names) valid += (valid.empty() ? "" : ", ") + name;
  if (valid.empty()) {
    return "x509: certificate is not valid for any names, but wanted to match " + host;
  }
  return "x509: certificate is valid for " + valid + ", not " + host;
}

bool matches_host(std::string_view pattern, std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  if (pattern.empty() || host.empty()) return false;
  if (!pattern.starts_with("*.")) return same_ignoring_case(pattern, host);
  const size_t dot = host.find('.');
  if (dot == 0 || dot == std::string_view::npos) return false;
  return same_ignoring_case(pattern.substr(2), host.substr(dot + 1));
}

Error verify(const std::vector<Certificate>& chain, const VerifyOptions& options) {
  const Certificate& leaf = chain.front();
  if (Error fault = time_fault(leaf, options.now_ns)) return fault;
  if (!options.dns_name.empty()) {
    const bool is_ip = parse_ip(options.dns_name).has_value();
    const bool matched = !is_ip && std::any_of(leaf.dns_names.begin(), leaf.dns_names.end(),
                                               [&](const std::string& pattern) {
                                                 return matches_host(pattern, options.dns_name);
                                               });
    if (!matched) {
      return engine::make_error(HostnameError{leaf.dns_names, std::string(options.dns_name)});
    }
  }
  return ChainSearch(chain, options).run();
}

// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
std::string rfc3339(int64_t unix_s) {
  constexpr int64_t kDaySeconds = Authority::kDay;
  constexpr int64_t kEraDays = 146097;
  // Years of four digits: what lies beyond is shown as their ends.
  unix_s = std::clamp<int64_t>(unix_s, -62'135'596'800, 253'402'300'799);
  int64_t days = unix_s / kDaySeconds;
  int64_t second = unix_s % kDaySeconds;
  if (second < 0) {
    second += kDaySeconds;
    --days;
  }
  days += 719468;
  const int64_t era = (days >= 0 ? days : days - kEraDays + 1) / kEraDays;
  const int64_t day_of_era = days - era * kEraDays;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted_month = (5 * day_of_year + 2) / 153;
  const int64_t day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
  const int64_t month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  const int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  std::string text;
  const auto append = [&text](int64_t number, int digits, char after) {
    std::string part(static_cast<size_t>(digits), '0');
    for (int i = digits - 1; i >= 0; --i) {
      part[static_cast<size_t>(i)] = static_cast<char>('0' + number % 10);
      number /= 10;
    }
    text += part;
    text += after;
  };
  append(year, 4, '-');
  append(month, 2, '-');
  append(day, 2, 'T');
  append(second / 3600, 2, ':');
  append(second / 60 % 60, 2, ':');
  append(second % 60, 2, 'Z');
  return text;
}

}  // namespace sim::net
