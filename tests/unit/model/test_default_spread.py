from dataclasses import replace
from typing import Any

from kubestow.model.default_spread import with_default_spread
from kubestow.model.labels import HOSTNAME, ZONE
from kubestow.model.pod import Pod, SpreadConstraint
from kubestow.model.scheduler_profile import DefaultSpread, SchedulerProfile, SchedulerProfiles
from kubestow.model.selectors import LabelSelector, SelectorRequirement
from kubestow.model.snapshot import Service
from kubestow.testing import pod, spread

SOFT, HARD = SpreadConstraint(ZONE, 1, None), SpreadConstraint(HOSTNAME, 2, None, honor_taints=True)
LISTED = DefaultSpread((SOFT,), (HARD,), is_systems=False)
PROFILES = SchedulerProfiles((SchedulerProfile(default_spread=LISTED),))
WEB = Service("default", (("app", "web"),))
SELECTOR = LabelSelector((SelectorRequirement("app", "In", ("web",)),))


def after(item: Pod, *services: Service, profiles: SchedulerProfiles = PROFILES) -> Pod:
    (changed,) = with_default_spread([item], services, profiles)
    return changed


def web(**facts: Any) -> Pod:
    return pod("p", labels={"app": "web"}, **facts)


def test_a_pod_of_a_service_gets_the_constraints_of_its_profile_with_its_selector() -> None:
    template = after(web(), WEB).template
    assert template.spread == (replace(HARD, selector=SELECTOR),)
    assert template.preferences.spread == (replace(SOFT, selector=SELECTOR),)


def test_a_pod_with_an_owner_is_spread_among_its_owners_pods() -> None:
    owned = replace(web(), owner_selector=SELECTOR)
    assert after(owned).template.spread == (replace(HARD, selector=SELECTOR),)


def test_a_pod_of_no_service_and_no_owner_gets_none() -> None:
    assert after(web()) == web()


def test_a_pod_with_a_constraint_of_its_own_keeps_to_that() -> None:
    own = web(spread=(spread(HOSTNAME, 9, app="web"),))
    assert after(own, WEB) == own


def test_the_systems_constraints_stay_where_they_are() -> None:
    assert after(web(), WEB, profiles=SchedulerProfiles()) == web()
    mixed = SchedulerProfiles((SchedulerProfile("other", default_spread=LISTED),))
    assert after(web(), WEB, profiles=mixed) == web()


def test_pods_that_share_a_template_share_the_new_one() -> None:
    template = web().template
    pods = [replace(web(), name=f"p{n}", template=template) for n in range(3)]
    first, second, third = with_default_spread(pods, [WEB], PROFILES)
    assert first.template is second.template is third.template
