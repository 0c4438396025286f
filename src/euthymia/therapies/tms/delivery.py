"""Counting what was delivered: sites, trains, pulses, pauses; refusing more, faster or stronger than prescribed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from euthymia.core.errors import InvalidInput, SafetyLimit
from euthymia.therapies.tms.prescription import MotorThreshold, Stimulation
from euthymia.therapies.tms.tables import limit


class Delivery:
    """Progress of one session through its sites; every refusal leaves it as it was."""

    def __init__(self, sites: tuple[Stimulation, ...], depth_cap_pct: float | None) -> None:
        self._sites = sites
        self._depth_cap_pct = limit("intensity_clinic_pct") if depth_cap_pct is None else depth_cap_pct
        self._site = 0
        self._trains = 0
        self._in_train = 0  # pulses given of a train that was broken off and goes on
        self._onset_s: float | None = None
        self._intensity_pct: float | None = None
        self._lowest_pct: float | None = None
        self.delivered = 0
        self.missed = 0
        self.interruptions = 0
        self.paused = False
        self.positioned = False

    @property
    def complete(self) -> bool:
        """Whether every site has had its trains."""
        return self._site >= len(self._sites)

    @property
    def site(self) -> Stimulation:
        """The site that is stimulated now."""
        if self.complete:
            raise SafetyLimit("train", "one more", "no train after the last one: the prescribed pulses are delivered")
        return self._sites[self._site]

    @property
    def left(self) -> str:
        """What is still to do, in words."""
        if self.complete:
            return "nothing"
        trains = self.site.pattern.trains - self._trains
        more = len(self._sites) - self._site - 1
        return f"{trains} trains at site {self._site + 1}" + (f" and {more} more sites" if more else "")

    def set_intensity(self, pct_rmt: float, threshold: MotorThreshold, adjusted_pct_mso: float | None) -> float:
        """Set the intensity (% of threshold); give the machine output (% MSO) it means."""
        site, most = self.site, limit("output_max_pct_mso")
        if pct_rmt > site.intensity_pct_rmt:
            raise SafetyLimit("intensity.pct_rmt", pct_rmt, f"at most the prescribed {site.intensity_pct_rmt:g} %")
        base = threshold.value_pct_mso
        if site.depth_adjusted:
            if adjusted_pct_mso is None:
                raise InvalidInput(
                    "motor_threshold.adjusted_pct_mso", None, "the threshold adjusted for depth: this site asks for it"
                )
            base = adjusted_pct_mso
        output = pct_rmt / 100 * base
        if output > most:
            raise SafetyLimit("output_pct_mso", round(output, 1), f"at most {most:g} % of machine output")
        cap = self._depth_cap_pct / 100 * threshold.value_pct_mso
        if site.depth_adjusted and output > cap + 1e-9:
            raise SafetyLimit(
                "output_pct_mso", round(output, 1),
                f"at most {self._depth_cap_pct:g} % of the threshold before depth correction ({cap:.1f} % MSO)",
            )  # fmt: skip
        self._intensity_pct = pct_rmt
        return output

    def forget_intensity(self) -> None:
        """Ask for the intensity again: the threshold under it has changed."""
        self._intensity_pct = None

    def train(self, at_s: float, pulses: int, partial: bool) -> list[str]:
        """Count one train (or a part of one) that began at ``at_s``; give what changed, as codes."""
        site = self.site
        if self.paused:
            raise SafetyLimit("train", "during a pause", "`resume` first, with contact restored")
        if not self.positioned:
            raise SafetyLimit("train", "coil not positioned", "`position` confirmed for this site first")
        if self._intensity_pct is None:
            raise SafetyLimit("train", "no intensity set", "`intensity` for this site first")
        most = site.pattern.pulses_per_train - self._in_train
        if pulses > most:
            raise SafetyLimit("train.pulses", pulses, f"at most {most}: the train has {site.pattern.pulses_per_train}")
        interval = site.pattern.train_interval_s
        if self._in_train == 0 and self._onset_s is not None and interval is not None:
            soonest = self._onset_s + interval * (1 - limit("train_timing_tolerance"))
            if at_s < soonest:
                raise SafetyLimit("train.at_s", at_s, f"{soonest:.1f} s or later: trains {interval:g} s apart")
        if self._in_train == 0:
            self._onset_s = at_s
        self.delivered += pulses
        self._in_train += pulses
        if self._lowest_pct is None or self._intensity_pct < self._lowest_pct:
            self._lowest_pct = self._intensity_pct
        if partial and self._in_train < site.pattern.pulses_per_train:
            return ["partial"]
        missed = site.pattern.pulses_per_train - self._in_train
        self.missed += missed
        self._in_train = 0
        self._trains += 1
        changes = ["missed"] if missed else []
        if self._trains == site.pattern.trains:
            self._next_site()
            changes.append("complete" if self.complete else "next_site")
        return changes

    def lose_contact(self, missed: int) -> None:
        """Note pulses that ran without contact: they count as delivered by the machine, not to the brain."""
        if missed > self.delivered:
            raise InvalidInput("contact_loss.missed_pulses", missed, f"at most the {self.delivered} pulses delivered")
        self.delivered -= missed
        self.missed += missed

    def pause(self) -> None:
        """Interrupt; no train until it is resumed."""
        self.interruptions += 0 if self.paused else 1
        self.paused = True

    def summary(self) -> Mapping[str, Any]:
        """What was delivered, with units in the names."""
        planned = sum(site.pattern.pulses for site in self._sites)
        return {
            "pulses_planned": planned,
            "pulses_delivered": self.delivered,
            "pulses_missed": self.missed,
            "interruptions": self.interruptions,
            "lowest_intensity_pct_rmt": self._lowest_pct,
            "sites_completed": self._site,
        }

    def _next_site(self) -> None:
        self._site += 1
        self._trains, self._onset_s, self._intensity_pct, self.positioned = 0, None, None, False
