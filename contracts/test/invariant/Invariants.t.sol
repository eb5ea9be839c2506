// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICheckpoints} from "../../src/interfaces/ICheckpoints.sol";
import {IConsents} from "../../src/interfaces/IConsents.sol";
import {IEmergencies} from "../../src/interfaces/IEmergencies.sol";
import {IProxies} from "../../src/interfaces/IProxies.sol";
import {PlainCheckpoints} from "../reference/PlainCheckpoints.sol";
import {Attacks} from "./Attacks.sol";
import {Legal} from "./Legal.sol";

/// @notice The world with all its people, good and bad; and the rules that must hold at every moment.
contract Handler is Legal, Attacks {
    constructor() {
        setUp();
    }

    function C1_accessIfAndOnlyIfConsented() external view {
        for (uint256 i = 0; i < given.length; i++) {
            Given memory one = given[i];
            uint48[4] memory times = [
                one.terms.validFrom == 0 ? 0 : one.terms.validFrom - 1,
                one.terms.validFrom,
                one.terms.validUntil - 1,
                one.terms.validUntil
            ];
            bool stands = !one.dead && directory.isActive(one.terms.grantee);
            if (!one.byProxy) stands = stands && one.signer == controller(one.terms.subject);
            isTrue(permitted(one, times[0]) == false, "C1: before it begins");
            isTrue(permitted(one, times[1]) == stands, "C1: in its first second");
            isTrue(permitted(one, times[2]) == stands, "C1: in its last second");
            isTrue(permitted(one, times[3]) == false, "C1: after its end");
        }
    }

    function C2_refusedStaysRefused() external view {
        for (uint256 i = 0; i < given.length; i++) {
            if (given[i].dead) isFalse(permitted(given[i], given[i].terms.validFrom), "C2: refused for good");
        }
    }

    function C3_oneNumberPerAct() external view {
        for (uint256 i = 0; i < 3; i++) {
            address subject = subjectAt(i);
            same(subjects.nonceOf(subject), acts[subject], "C3: one nonce per act of the controller");
            same(subjects.epochOf(subject), epochs[subject], "C3: one epoch per refusal of all");
        }
    }

    function C4_onlyRightfulCallsChangeState() external view {
        for (uint256 i = 0; i < 3; i++) {
            compareSubject(subjectAt(i));
            compareRefusals(subjectAt(i), 0);
        }
        for (uint32 id = 1; id < 4; id++) {
            for (uint8 slot = 0; slot < QUOTA; slot++) {
                compareSlot(id, slot, 0);
            }
            compareLog(id, 0);
            compareLog(id, 1);
        }
    }

    function C5_proxiesAreNarrower() external view {
        for (uint256 i = 0; i < given.length; i++) {
            Given memory one = given[i];
            if (!one.byProxy || !permitted(one, one.terms.validFrom)) continue;
            isFalse(chainDead[one.chain], "C5: the chain stands");
            IProxies.Link[] memory chain = chains[one.chain];
            isTrue(chain.length <= 3, "C5: depth");
            for (uint256 j = 0; j < chain.length; j++) {
                IProxies.Proxy memory link = chain[j].terms;
                bool bits = one.terms.categories & ~link.categories == 0 && one.terms.sensitive & ~link.sensitive == 0
                    && one.terms.purposes & ~link.purposes == 0 && one.terms.actions & ~link.actions == 0;
                isTrue(bits, "C5: narrower than every link");
                bool time = one.terms.validFrom >= link.validFrom && one.terms.validUntil <= link.validUntil;
                isTrue(time, "C5: shorter than every link");
                isFalse(consents.isRevoked(link.subject, link.index), "C5: no link above was removed");
            }
        }
    }

    /// @dev Not a view: it pauses and refuses, and Forge forgets what an invariant changes.
    function C6_refusingWorksWhileAllIsPaused() external {
        vm.prank(guardian);
        try authority.pause(address(consents), 0, "all") {} catch {}
        vm.prank(council);
        directory.suspend(3);
        for (uint256 i = 0; i < 3; i++) {
            address subject = subjectAt(i);
            vm.prank(controller(subject));
            consents.revoke(subject, type(uint32).max);
            isTrue(consents.isRevoked(subject, type(uint32).max), "C6: refusing one while all is paused");
            uint32 epoch = subjects.epochOf(subject);
            vm.prank(controller(subject));
            subjects.revokeAll(subject);
            same(subjects.epochOf(subject), epoch + 1, "C6: refusing all while all is paused");
        }
    }

    function C7_emergenciesEndAndAreCounted() external view {
        for (uint32 id = 1; id < 3; id++) {
            for (uint8 slot = 0; slot < QUOTA; slot++) {
                IEmergencies.Emergency memory last = consents.emergency(id, slot);
                isTrue(last.until <= uint256(last.declaredAt) + 1 days, "C7: a box ends by itself");
                bytes32 commitment = bytes32(last.commitment);
                isFalse(consents.isEmergency(id, slot, commitment, last.until), "C7: closed from its end on");
                bool judged = last.outcome != IEmergencies.Outcome.Open;
                if (last.declaredAt != 0 && block.timestamp >= uint256(last.declaredAt) + 3 days && !judged) {
                    isTrue(consents.overdue(id) >> slot & 1 == 1, "C7: a review that is late shows");
                }
                if (judged) isTrue(block.timestamp >= last.until, "C7: judged when it is over");
            }
            uint256[] memory times = declaredAt[id];
            for (uint256 i = 0; i + QUOTA < times.length; i++) {
                isTrue(times[i + QUOTA] >= times[i] + 1 days, "C7: the quota of any 24 hours");
            }
        }
    }

    function C8_eventsTellTheWholeState() external view {
        for (uint256 i = 0; i < 3; i++) {
            address subject = subjectAt(i);
            same(replayed.subjectWord(subject), subjects.word(subject), "C8: word");
            same(replayed.refusals(subject, 0), consents.revocationWord(subject, 0), "C8: refusals");
            equal(encoded(address(replayed)), encoded(address(subjects)), "C8: guardians and recovery");
        }
        for (uint32 id = 1; id < 3; id++) {
            for (uint8 slot = 0; slot < QUOTA; slot++) {
                bytes32 known = keccak256(abi.encode(replayed.emergency(id, slot)));
                same(known, keccak256(abi.encode(consents.emergency(id, slot))), "C8: emergency");
            }
            for (uint8 stream = 0; stream < 2; stream++) {
                same(replayed.checkpointWord(id, stream), checkpoints.word(id, stream), "C8: checkpoint");
                (uint48 time,) = checkpoints.equivocatedAt(id, stream);
                same(replayed.equivocatedAt(id, stream), time, "C8: contradiction");
            }
        }
    }

    function encoded(address from) private view returns (bytes32 hash) {
        for (uint256 i = 0; i < 3; i++) {
            (, bytes memory guarding) = from.staticcall(abi.encodeCall(subjects.guardiansOf, (subjectAt(i))));
            (, bytes memory recovery) = from.staticcall(abi.encodeCall(subjects.recoveryOf, (subjectAt(i))));
            hash = keccak256(abi.encode(hash, guarding, recovery));
        }
    }

    function equal(bytes32 actual, bytes32 expected, string memory what) private pure {
        same(actual, expected, what);
    }

    function C10_nothingIsForEver() external view {
        for (uint32 id = 1; id < 3; id++) {
            uint48 until = directory.organization(id).operatorUntil;
            isTrue(until <= block.timestamp + directory.MAX_OPERATOR_LIFE(), "C10: a key's term");
        }
        for (uint256 i = 0; i < given.length; i++) {
            Given memory one = given[i];
            isFalse(permitted(one, type(uint48).max), "C10: nothing holds for ever");
        }
    }

    function A1_A2_A3_A4_logsOnlyGrow() external view {
        for (uint32 id = 1; id < 3; id++) {
            for (uint8 stream = 0; stream < 2; stream++) {
                PlainCheckpoints.Posted[] memory all = plainCheckpoints.history(id, stream);
                for (uint256 i = 1; i < all.length; i++) {
                    isTrue(all[i].size > all[i - 1].size, "A1, A4: sizes rise, so no size has two roots");
                    isTrue(all[i].time >= all[i - 1].time, "A1: time does not go back");
                }
                (uint64 size,) = checkpoints.latest(id, stream);
                same(size, reached[id][stream], "A3: nobody else moved it");
                if (all.length == 0) continue;
                bytes32 root = all[all.length - 1].root;
                (bool matched,) = checkpoints.matches(id, stream, ICheckpoints.Checkpoint(root, size));
                isTrue(matched, "A2: the word is the last post");
            }
        }
    }

    function requireReached() external view {
        isTrue(attacksRefused > 100, "attacks refused");
        isTrue(refusalsInPause > 0, "refusals in a pause");
        bytes4[19] memory verbs = [
            subjects.rotate.selector,
            subjects.rotateBySig.selector,
            subjects.revokeAll.selector,
            subjects.revokeAllBySig.selector,
            subjects.revokeAllByGuardians.selector,
            subjects.setGuardians.selector,
            subjects.setGuardiansBySig.selector,
            subjects.startRecovery.selector,
            subjects.executeRecovery.selector,
            consents.revoke.selector,
            consents.revokeBySig.selector,
            consents.revokeMany.selector,
            consents.revokeByGuardians.selector,
            consents.declareEmergency.selector,
            consents.endEmergency.selector,
            consents.reviewEmergency.selector,
            checkpoints.post.selector,
            checkpoints.postMany.selector,
            checkpoints.recordTwoRoots.selector
        ];
        for (uint256 i = 0; i < verbs.length; i++) {
            isTrue(counted[verbs[i]][true] > 0, string.concat("verb ", vm.toString(i), " did its work"));
        }
        (uint256 alive, uint256 dead, uint256 byProxy) = (0, 0, 0);
        for (uint256 i = 0; i < given.length; i++) {
            if (given[i].dead) dead++;
            else alive++;
            if (given[i].byProxy) byProxy++;
        }
        isTrue(alive + dead > 3 && dead > 0 && byProxy > 0, "consents of every kind");
    }
}

/// @notice C1 to C10 and A1 to A5, the rules of consents and of logs, after any sequence of acts and attacks.
contract InvariantsTest {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    /// @notice By this Forge knows a test contract.
    bool public constant IS_TEST = true;

    Handler private handler;

    function setUp() public {
        handler = new Handler();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory chosen) {
        bytes4[28] memory all = [
            handler.signConsent.selector,
            handler.signConsent.selector,
            handler.refuse.selector,
            handler.refuse.selector,
            handler.revokeAll.selector,
            handler.rotate.selector,
            handler.setGuardians.selector,
            handler.setGuardians.selector,
            handler.startRecovery.selector,
            handler.endRecovery.selector,
            handler.nameProxy.selector,
            handler.signAsProxy.selector,
            handler.removeProxy.selector,
            handler.declare.selector,
            handler.declare.selector,
            handler.endEmergency.selector,
            handler.review.selector,
            handler.post.selector,
            handler.accuse.selector,
            handler.pauseEverything.selector,
            handler.suspendOrReinstate.selector,
            handler.setQuota.selector,
            handler.wait.selector,
            handler.attackWrongCaller.selector,
            handler.attackWithReplay.selector,
            handler.attackWithSignature.selector,
            handler.attackAsGuardian.selector,
            handler.attackConsent.selector
        ];
        bytes4[3] memory more =
            [handler.attackAsProxy.selector, handler.attackEmergency.selector, handler.attackLog.selector];
        chosen = new FuzzSelector[](1);
        chosen[0].addr = address(handler);
        chosen[0].selectors = new bytes4[](31);
        for (uint256 i = 0; i < 31; i++) {
            chosen[0].selectors[i] = i < 28 ? all[i] : more[i - 28];
        }
    }

    /// @notice All rules in one run of the world: each long sequence of acts and attacks serves them all.
    /// @dev C9, that others are untouched, is checked in every legal call; A5, that proofs agree with the trees made in
    /// TypeScript, with the vectors.
    function invariant_C1_to_C10_and_A1_to_A4_hold() external {
        handler.C1_accessIfAndOnlyIfConsented();
        handler.C2_refusedStaysRefused();
        handler.C3_oneNumberPerAct();
        handler.C4_onlyRightfulCallsChangeState();
        handler.C5_proxiesAreNarrower();
        handler.C7_emergenciesEndAndAreCounted();
        handler.C8_eventsTellTheWholeState();
        handler.C10_nothingIsForEver();
        handler.A1_A2_A3_A4_logsOnlyGrow();
        // The last, because it changes something.
        handler.C6_refusingWorksWhileAllIsPaused();
    }

    /// @notice The rules mean something only if the handlers reach what they are about.
    function test_handlers_reachWhatTheRulesAreAbout() external {
        bytes4[] memory verbs = this.targetSelectors()[0].selectors;
        for (uint256 i = 0; i < 400; i++) {
            uint256 seed = uint256(keccak256(abi.encode(i)));
            (bool done, bytes memory answer) = address(handler).call(abi.encodePacked(verbs[seed % 31], seed));
            if (!done) {
                assembly ("memory-safe") {
                    revert(add(answer, 32), mload(answer))
                }
            }
        }
        handler.requireReached();
        this.invariant_C1_to_C10_and_A1_to_A4_hold();
    }
}
