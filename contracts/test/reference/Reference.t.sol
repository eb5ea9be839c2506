// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICheckpoints} from "../../src/interfaces/ICheckpoints.sol";
import {IConsents} from "../../src/interfaces/IConsents.sol";
import {IEmergencies} from "../../src/interfaces/IEmergencies.sol";
import {IGuardians} from "../../src/interfaces/IGuardians.sol";
import {IProxies} from "../../src/interfaces/IProxies.sol";
import {Calls} from "./Calls.sol";

/// @notice Whatever is called, in whatever order: the packed contracts and the plain ones give the same result or the same
/// error with the same values, tell the same events, and show the same state.
/// forge-config: default.fuzz.runs = 32
/// forge-config: mutation.fuzz.runs = 16
/// forge-config: deep.fuzz.runs = 10000
contract ReferenceTest is Calls {
    uint256 private constant STEPS = 24;

    function testFuzz_reference_agreesOnEveryCall(uint256 seed) public {
        shuffle(seed);
        for (uint256 i = 1; i <= STEPS; i++) {
            step();
            if (i % 8 == 0) compareAll();
        }
    }

    /// @notice Agreement means something only if every verb is seen doing its work, and refusing.
    function test_reference_meetsEveryVerbBothWays() public {
        bytes4[18] memory verbs = [
            subjects.rotate.selector,
            subjects.rotateBySig.selector,
            subjects.revokeAll.selector,
            subjects.revokeAllBySig.selector,
            subjects.setGuardians.selector,
            subjects.setGuardiansBySig.selector,
            subjects.startRecovery.selector,
            subjects.vetoRecovery.selector,
            subjects.executeRecovery.selector,
            subjects.revokeAllByGuardians.selector,
            consents.revoke.selector,
            consents.revokeBySig.selector,
            consents.revokeByGuardians.selector,
            consents.declareEmergency.selector,
            consents.endEmergency.selector,
            consents.reviewEmergency.selector,
            checkpoints.post.selector,
            checkpoints.recordTwoRoots.selector
        ];
        for (uint256 seed = 0; seed < 24; seed++) {
            uint256 before = vm.snapshotState();
            shuffle(seed);
            for (uint256 i = 0; i < STEPS; i++) {
                step();
            }
            for (uint256 i = 0; i < verbs.length; i++) {
                reached[i] = [reached[i][0] + counted[verbs[i]][true], reached[i][1] + counted[verbs[i]][false]];
            }
            uint256[2][18] memory kept = reached;
            vm.revertToState(before);
            for (uint256 i = 0; i < verbs.length; i++) {
                reached[i] = kept[i];
            }
        }
        for (uint256 i = 0; i < verbs.length; i++) {
            isTrue(reached[i][0] > 0, string.concat("verb ", vm.toString(i), " did its work"));
            isTrue(reached[i][1] > 0, string.concat("verb ", vm.toString(i), " refused"));
        }
    }

    uint256[2][18] private reached;

    function step() private {
        uint256 verb = below(20);
        if (verb < 7) onSubject(verb);
        else if (verb < 14) onConsent(verb - 7);
        else if (verb < 17) onEmergency(verb - 14);
        else onLog(verb - 17);
        if (once(3)) vm.warp(block.timestamp + [1 hours, 1 days, 3 days, 8 days][below(4)]);
    }

    function onSubject(uint256 verb) private {
        address subject = anySubject();
        uint48 until = deadline();
        address next = once(12) ? address(0) : [maria, joao, wallet, phone][below(4)];
        bytes32 commitment = once(6) ? bytes32(0) : subjects.guardianCommitment(subject, family());
        uint64 number = nonce(subject);
        bytes32 kind;
        if (verb == 0) {
            address caller = controllerOrAny(subject);
            act(caller, Core.Subjects, abi.encodeCall(subjects.rotate, (subject, next)));
        } else if (verb == 1) {
            kind = keccak256("Rotate(address subject,address newController,uint64 nonce,uint48 deadline)");
            bytes memory by = ofController(subject, onSubjects(abi.encode(kind, subject, next, number, until)));
            act(anyCaller(), Core.Subjects, abi.encodeCall(subjects.rotateBySig, (subject, next, until, by)));
        } else if (verb == 2) {
            kind = keccak256("RevokeAll(address subject,uint64 nonce,uint48 deadline)");
            bytes memory by = ofController(subject, onSubjects(abi.encode(kind, subject, number, until)));
            act(anyCaller(), Core.Subjects, abi.encodeCall(subjects.revokeAllBySig, (subject, until, by)));
            act(controllerOrAny(subject), Core.Subjects, abi.encodeCall(subjects.revokeAll, (subject)));
        } else if (verb == 3) {
            act(controllerOrAny(subject), Core.Subjects, abi.encodeCall(subjects.setGuardians, (subject, commitment)));
        } else if (verb == 4) {
            kind = keccak256("SetGuardians(address subject,bytes32 commitment,uint64 nonce,uint48 deadline)");
            bytes memory by = ofController(subject, onSubjects(abi.encode(kind, subject, commitment, number, until)));
            act(
                anyCaller(), Core.Subjects, abi.encodeCall(subjects.setGuardiansBySig, (subject, commitment, until, by))
            );
        } else if (verb == 5) {
            recover(subject, next, until);
        } else {
            sometimesGuard(subject);
            uint32 epoch = subjects.epochOf(subject);
            kind = keccak256("GuardiansRevokeAll(address subject,uint32 epoch,uint48 deadline)");
            bytes[] memory by = guardianSignatures(onSubjects(abi.encode(kind, subject, epoch, until)));
            act(
                anyCaller(),
                Core.Subjects,
                abi.encodeCall(subjects.revokeAllByGuardians, (subject, until, family(), by))
            );
        }
    }

    function sometimesGuard(address subject) private {
        if (!once(2)) return;
        bytes32 commitment = subjects.guardianCommitment(subject, family());
        act(subjects.controllerOf(subject), Core.Subjects, abi.encodeCall(subjects.setGuardians, (subject, commitment)));
    }

    function recover(address subject, address next, uint48 until) private {
        if (once(4)) until += 30 days - 1 days * uint48(below(2));
        sometimesGuard(subject);
        uint64 number = nonce(subject);
        bytes32 kind = keccak256("Recover(address subject,address newController,uint64 nonce,uint48 deadline)");
        bytes[] memory by = guardianSignatures(onSubjects(abi.encode(kind, subject, next, number, until)));
        IGuardians.GuardianSet memory set = family();
        act(anyCaller(), Core.Subjects, abi.encodeCall(subjects.startRecovery, (subject, next, until, set, by)));
        compareAll();
        vm.warp(block.timestamp + [1 hours, 1 days, 2 days, 32 days][below(4)]);
        if (once(4)) act(controllerOrAny(subject), Core.Subjects, abi.encodeCall(subjects.vetoRecovery, (subject)));
        if (once(4)) {
            kind = keccak256("VetoRecovery(address subject,uint64 nonce,uint48 deadline)");
            until = deadline();
            bytes memory veto = ofController(subject, onSubjects(abi.encode(kind, subject, nonce(subject), until)));
            act(anyCaller(), Core.Subjects, abi.encodeCall(subjects.vetoRecoveryBySig, (subject, until, veto)));
        }
        act(anyCaller(), Core.Subjects, abi.encodeCall(subjects.executeRecovery, (subject)));
    }

    function onConsent(uint256 verb) private {
        address subject = anySubject();
        uint32 index = anyIndex();
        uint24 word = uint24(index >> 8);
        uint256 mask = once(3) ? below(8) : 1 << below(256);
        bytes32 revocation = keccak256("Revoke(address subject,uint32 index)");
        if (verb == 0) {
            act(controllerOrAny(subject), Core.Consents, abi.encodeCall(consents.revoke, (subject, index)));
            act(controllerOrAny(subject), Core.Consents, abi.encodeCall(consents.revokeMany, (subject, word, mask)));
        } else if (verb == 1) {
            bytes memory by = ofEither(subject, onConsents(abi.encode(revocation, subject, index)));
            act(anyCaller(), Core.Consents, abi.encodeCall(consents.revokeBySig, (subject, index, by)));
        } else if (verb == 2) {
            bytes32 kind = keccak256("RevokeMany(address subject,uint24 word,uint256 mask)");
            bytes memory by = ofEither(subject, onConsents(abi.encode(kind, subject, word, mask)));
            act(anyCaller(), Core.Consents, abi.encodeCall(consents.revokeManyBySig, (subject, word, mask, by)));
        } else if (verb == 3) {
            sometimesGuard(subject);
            bytes[] memory by = guardianSignatures(onConsents(abi.encode(revocation, subject, index)));
            act(anyCaller(), Core.Consents, abi.encodeCall(consents.revokeByGuardians, (subject, index, family(), by)));
        } else if (verb == 4) {
            IConsents.Consent memory made = terms(subject);
            bytes memory by = ofController(subject, consents.digest(made));
            IProxies.Link[] memory links = chain(subject);
            bytes memory refusal = signature(lastProxy(links), onConsents(abi.encode(revocation, subject, made.index)));
            act(anyCaller(), Core.Consents, abi.encodeCall(consents.revokeAsProxy, (made, by, links, refusal)));
        } else if (verb == 5) {
            IProxies.Link[] memory links = chain(subject);
            bytes32 link = links.length == 0 ? bytes32(0) : consents.proxyDigest(links[0].terms);
            act(phone, Core.Consents, abi.encodeCall(consents.revokeUnderProxy, (link, index)));
            bytes32 kind = keccak256("RevokeUnderProxy(bytes32 link,uint32 index)");
            bytes memory by = signature(joao, onConsents(abi.encode(kind, link, index)));
            act(anyCaller(), Core.Consents, abi.encodeCall(consents.revokeUnderProxyBySig, (joao, link, index, by)));
            compareRefusals(consents.spaceOf(phone, link), word);
        } else {
            IConsents.Consent memory made = terms(subject);
            bytes memory by = ofController(subject, consents.digest(made));
            ask(Core.Consents, abi.encodeCall(consents.check, (made, by, request(made))));
            IProxies.Link[] memory links = chain(subject);
            by = signature(lastProxy(links), consents.digest(made));
            ask(Core.Consents, abi.encodeCall(consents.checkByProxy, (made, by, links, request(made))));
        }
    }

    function onEmergency(uint256 verb) private {
        address operator = once(8) ? anyCaller() : [aldhelm, luz, board][below(3)];
        uint8 slot = uint8([0, 0, 15, 16][below(4)]);
        uint32 organization = uint32(1 + below(2));
        if (verb == 0) {
            (uint8 reason, uint8 boxHours) = (uint8(1 + below(6)), uint8(below(26)));
            bytes32 commitment = keccak256(abi.encode(below(2)));
            act(
                operator, Core.Consents, abi.encodeCall(consents.declareEmergency, (slot, reason, boxHours, commitment))
            );
        } else if (verb == 1) {
            act(operator, Core.Consents, abi.encodeCall(consents.declareEmergency, (slot, 1, 8, keccak256("box"))));
            act(operator, Core.Consents, abi.encodeCall(consents.endEmergency, (slot)));
        } else {
            address declarer = organization == 1 ? aldhelm : luz;
            act(declarer, Core.Consents, abi.encodeCall(consents.declareEmergency, (slot, 1, 8, keccak256("box"))));
            vm.warp(block.timestamp + [1 hours, 8 hours, 25 hours][below(3)]);
            uint32 declaredAt = consents.emergency(organization, slot).declaredAt;
            if (once(8)) declaredAt = uint32(block.timestamp);
            IEmergencies.Outcome outcome = IEmergencies.Outcome(below(3));
            address by = once(4) ? operator : board;
            act(by, Core.Consents, abi.encodeCall(consents.reviewEmergency, (organization, slot, declaredAt, outcome)));
        }
        if (once(12)) change();
    }

    /// @dev The world around changes too: pauses, suspensions, quotas.
    function change() private {
        uint32 id = uint32(1 + below(2));
        if (once(2)) {
            vm.prank(guardian);
            try authority.pause(address(consents), 0, 0) {} catch {}
        } else if (directory.isActive(id)) {
            vm.prank(council);
            directory.suspend(id);
        } else {
            vm.prank(council);
            directory.reinstate(id);
        }
    }

    function onLog(uint256 verb) private {
        uint8 stream = uint8(below(2));
        uint32 organization = uint32(once(6) ? below(4) : 1 + below(2));
        address operator = [aldhelm, luz, stranger, aldhelm][below(4)];
        if (verb == 0) {
            act(operator, Core.Checkpoints, abi.encodeCall(checkpoints.post, (stream, checkpoint())));
        } else if (verb == 1) {
            ICheckpoints.StreamCheckpoint[] memory many = new ICheckpoints.StreamCheckpoint[](below(3));
            for (uint256 i = 0; i < many.length; i++) {
                ICheckpoints.Checkpoint memory one = checkpoint();
                many[i] = ICheckpoints.StreamCheckpoint(uint8(below(2)), one.root, one.size);
            }
            act(operator, Core.Checkpoints, abi.encodeCall(checkpoints.postMany, (many)));
        } else {
            ICheckpoints.SignedCheckpoint memory one = signedCheckpoint(organization, stream);
            ICheckpoints.SignedCheckpoint memory other = signedCheckpoint(organization, stream);
            act(
                stranger,
                Core.Checkpoints,
                once(2)
                    ? abi.encodeCall(checkpoints.recordTwoRoots, (organization, stream, one, other))
                    : abi.encodeCall(checkpoints.recordOtherThanPosted, (organization, stream, one))
            );
        }
        ask(Core.Checkpoints, abi.encodeCall(checkpoints.matches, (organization, stream, checkpoint())));
    }

    function ofController(address subject, bytes32 digest) private returns (bytes memory) {
        return signature(subjects.controllerOf(subject), digest);
    }

    function ofEither(address subject, bytes32 digest) private returns (bytes memory) {
        return signature(once(2) ? subject : subjects.controllerOf(subject), digest);
    }

    function compareAll() private view {
        address[3] memory people = [maria, joao, wallet];
        for (uint256 i = 0; i < 3; i++) {
            compareSubject(people[i]);
            compareRefusals(people[i], 0);
            compareRefusals(people[i], 1);
            compareRefusals(people[i], type(uint24).max);
        }
        for (uint32 id = 1; id < 4; id++) {
            compareSlot(id, 0, keccak256(abi.encode(uint256(0))));
            compareSlot(id, 15, keccak256(abi.encode(uint256(1))));
            compareLog(id, 0);
            compareLog(id, 1);
        }
    }
}
