// web/app/session.h: one run that is being looked at, and everything the panels show of it.
//
// A Session owns the run and its timeline, and after each move takes a fresh view of the world.
// Panels get the view of this frame and keep ids only. Changing the seed, the policy or a knob
// makes a new session from the same Link. Moves that may be long are done in slices, so that no
// frame is held up.

#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/timeline/timeline.h"
#include "engine/view/view.h"
#include "sim/net/net_view.h"
#include "sim/scenario/session.h"
#include "web/app/capture.h"
#include "web/app/conversations.h"
#include "web/app/history.h"
#include "web/app/link.h"

namespace web {

class Session {
 public:
  /// The most steps that a run in the playground takes.
  static constexpr uint64_t kStepsMax = 5'000'000;

  /// Starts the run that `link` describes, at the position it names. Null and a message on a
  /// mistake.
  static std::unique_ptr<Session> open(const Link& link, std::string& problem);

  [[nodiscard]] const sim::scenario::Scenario& scenario() const { return spec_.scenario; }
  [[nodiscard]] const sim::scenario::RunSpec& spec() const { return spec_; }
  /// The story's places on this branch: up to the first input, as the story is of the run without.
  [[nodiscard]] const std::vector<sim::scenario::StoryPlace>& story() const { return story_; }
  [[nodiscard]] const engine::Timeline& timeline() const { return *timeline_; }
  /// The world as it is at position(). Expires with the next move.
  [[nodiscard]] const engine::WorldView& view() const { return view_; }
  [[nodiscard]] const engine::EventNames& names() const { return names_; }
  [[nodiscard]] const History& history() const { return history_; }
  [[nodiscard]] const engine::World& world() const { return run_->world(); }

  [[nodiscard]] uint64_t position() const { return timeline_->position(); }
  [[nodiscard]] uint64_t known_end() const { return timeline_->known_end(); }
  /// Whether the run is over and this is its last state.
  [[nodiscard]] bool at_end() const;
  /// The verdict, if at_end().
  [[nodiscard]] const sim::scenario::Verdict& verdict() const { return verdict_; }
  /// The last story step whose place has been reached, by its index; nothing before the first.
  [[nodiscard]] std::optional<size_t> story_step() const;
  /// What that step looks at, if it was reached at this very position.
  [[nodiscard]] const sim::scenario::Look* look() const;
  /// Whether that is the thing of this kind and name.
  template <class Kind>
  [[nodiscard]] bool looks_at(const std::string& name) const {
    const auto* const kind = look() == nullptr ? nullptr : std::get_if<Kind>(look());
    return kind != nullptr && sim::scenario::name_matches(kind->name, name);
  }
  /// Whether channels are more of a subject here than locks are.
  [[nodiscard]] bool uses_channels() const { return uses_channels_; }
  /// Whether there are several machines; without, the three below stay empty.
  [[nodiscard]] bool has_network() const { return has_network_; }
  /// The network as it is at position(). Expires with the next move.
  [[nodiscard]] const sim::net::NetView& network() const { return network_; }
  /// What was sent on this branch, as far as it is known.
  [[nodiscard]] const Capture& capture() const;
  [[nodiscard]] const Conversations& conversations() const { return conversations_; }
  /// Counts moves; a cheap way to see that a view has expired.
  [[nodiscard]] uint64_t moves() const { return moves_; }

  /// Takes up to `steps` steps, but stops after about `budget_ms`. False at the run's end.
  bool forward(uint64_t steps, double budget_ms);
  void seek(uint64_t position);
  bool intervene(const std::string& input);
  void switch_to(uint32_t branch);

  /// This very place.
  [[nodiscard]] Link link() const;
  /// A digest of the arena's pages; a test compares it around a frame.
  [[nodiscard]] uint64_t arena_digest();

 private:
  Session() = default;
  void moved();
  bool step();
  void learn_names();
  /// Steps on to `position` from what is captured, so that nothing is missed.
  void advance_to(uint64_t position);
  /// Runs on for a moment and comes back, so that what follows is known.
  void look_ahead();

  Link origin_;
  sim::scenario::RunSpec spec_;
  std::unique_ptr<engine::Run> run_;
  std::unique_ptr<engine::Timeline> timeline_;
  std::vector<sim::scenario::StoryPlace> whole_story_;
  std::vector<sim::scenario::StoryPlace> story_;
  engine::WorldView view_;
  engine::EventNames names_;
  History history_;
  sim::scenario::Verdict verdict_;
  sim::net::NetView network_;
  std::map<uint32_t, Capture> captures_;  // by branch
  Conversations conversations_;
  bool has_network_ = false;
  bool uses_channels_ = false;
  uint32_t history_branch_ = 0;
  uint64_t moves_ = 0;
};

}  // namespace web
