// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICheckpoints} from "../../src/interfaces/ICheckpoints.sol";
import {IConsents} from "../../src/interfaces/IConsents.sol";
import {IDirectory} from "../../src/interfaces/IDirectory.sol";
import {IEmergencies} from "../../src/interfaces/IEmergencies.sol";
import {IGuardians} from "../../src/interfaces/IGuardians.sol";
import {IProxies} from "../../src/interfaces/IProxies.sol";
import {ISubjects} from "../../src/interfaces/ISubjects.sol";
import {Vm} from "../Base.sol";
import {GuardiansBase} from "../GuardiansBase.sol";
import {LedgerBase} from "../LedgerBase.sol";
import {ProxiesBase} from "../ProxiesBase.sol";

/// @notice What broke comparable systems, tried here. Each test bears the words of the list of pitfalls that was drawn up
/// from them.
/// @dev Not about contracts, and tested or kept elsewhere: national id as key; "audit trail" without reads; consent on
/// chain not enforced off chain; fake encryption and constant keys; custodial keys called self-sovereign; IPFS permanence;
/// hash treated as "not personal data"; malware in sample repositories; setup failure. Of a contract that is yet to come:
/// price and diagnosis public (claims). "Tool-clean is not safe" is what test/invariant, test/roles and test/replay are for.
contract PitfallsTest is GuardiansBase, ProxiesBase {
    address private phone = addressOf("phone 2");
    address private joao = addressOf("Joao");

    function setUp() public override(LedgerBase, ProxiesBase) {
        super.setUp();
    }

    function consentSignature(IConsents.Consent memory made) private view returns (bytes memory) {
        return signed(mariaKey, consents.digest(made));
    }

    function refusedWith(address who, address target, bytes memory data, bytes memory refusal) private {
        vm.prank(who);
        (bool done, bytes memory answer) = target.call(data);
        isFalse(done, "refused");
        same(keccak256(answer), keccak256(refusal), "with this error");
    }

    /// @notice PHI in storage or events: a canary scan of all slots and logs. Category leakage: the masks are canaries too.
    function test_pitfall_phiInStorageOrEvents_andCategoryLeakage() public {
        IConsents.Consent memory made = terms();
        (made.recipient, made.categories, made.purposes) = (keccak256("Practitioner/canary"), 0x00c0ffee, 0x00facade);
        vm.record();
        vm.recordLogs();
        bytes memory by = consentSignature(made);
        consents.permits(made, by, request());
        consents.revokeBySig(maria, made.index, signed(mariaKey, revokeDigest(maria, made.index)));
        vm.prank(aldhelm);
        consents.declareEmergency(0, 1, 8, keccak256(abi.encode(made, "justification of the canary")));
        bytes32[3] memory canaries =
            [made.recipient, bytes32(uint256(made.categories)), bytes32(uint256(made.purposes))];
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; i++) {
            for (uint256 j = 0; j < 3; j++) {
                isFalse(contains(abi.encodePacked(logs[i].topics, logs[i].data), canaries[j]), "canary in an event");
            }
        }
        address[2] memory places = [address(consents), address(subjects)];
        for (uint256 i = 0; i < 2; i++) {
            (, bytes32[] memory writes) = vm.accesses(places[i]);
            for (uint256 j = 0; j < writes.length; j++) {
                bytes memory slot = abi.encode(vm.load(places[i], writes[j]));
                isFalse(contains(slot, canaries[0]), "canary in storage");
                isFalse(contains(slot, canaries[1]), "mask in storage");
            }
        }
    }

    function contains(bytes memory text, bytes32 canary) private pure returns (bool) {
        for (uint256 i = 0; i + 32 <= text.length; i++) {
            bytes32 word;
            assembly ("memory-safe") {
                word := mload(add(add(text, 32), i))
            }
            if (word == canary) return true;
        }
        return false;
    }

    /// @notice "Private" view functions: no read is authorised by msg.sender, which an eth_call can claim to be anybody.
    function test_pitfall_privateViewFunctions() public {
        bytes memory by = consentSignature(terms());
        address[3] memory askers = [maria, aldhelm, stranger];
        for (uint256 i = 0; i < 3; i++) {
            vm.startPrank(askers[i]);
            isTrue(consents.permits(terms(), by, request()), "terms and signature decide, not who asks");
            isFalse(consents.permits(terms(), "", request()), "nor does it help to be the patient");
            same(subjects.word(maria), 0, "the same word for everybody");
            vm.stopPrank();
        }
    }

    /// @notice Unsalted hash of low-entropy data: equal data give unequal commitments, by a salt of 256 bits.
    function test_pitfall_unsaltedHashOfLowEntropyData() public view {
        (IConsents.Consent memory one, IConsents.Consent memory other) = (terms(), terms());
        other.salt = bytes32(uint256(one.salt) ^ 1);
        isTrue(consents.digest(one) != consents.digest(other), "consent");
        (IProxies.Proxy memory link, IProxies.Proxy memory second) = (parentTerms(), parentTerms());
        second.salt = bytes32(uint256(link.salt) ^ 1);
        isTrue(consents.proxyDigest(link) != consents.proxyDigest(second), "proxy");
        (IGuardians.GuardianSet memory set, IGuardians.GuardianSet memory saltier) = (family(), family());
        saltier.salt = bytes32(uint256(set.salt) ^ 1);
        isTrue(subjects.guardianCommitment(maria, set) != subjects.guardianCommitment(maria, saltier), "guardians");
    }

    /// @notice Address linkability: what one patient does under two pseudonyms has no value in common.
    function test_pitfall_addressLinkability() public {
        bytes32 commitment = subjects.guardianCommitment(maria, family());
        bytes32 otherCommitment = subjects.guardianCommitment(joao, family());
        isTrue(commitment != otherCommitment, "the same family under two pseudonyms");
        vm.recordLogs();
        act(maria, 11, commitment);
        Vm.Log[] memory first = vm.getRecordedLogs();
        act(joao, 22, otherCommitment);
        Vm.Log[] memory second = vm.getRecordedLogs();
        for (uint256 i = 0; i < first.length; i++) {
            same(first[i].topics[0], second[i].topics[0], "the same kind of event");
            isTrue(first[i].topics[1] != second[i].topics[1], "another subject");
            isFalse(contains(second[i].data, first[i].topics[1]), "no pseudonym in the other's data");
        }
    }

    function act(address subject, uint32 index, bytes32 commitment) private {
        vm.startPrank(subject);
        consents.revoke(subject, index);
        subjects.setGuardians(subject, commitment);
        subjects.revokeAll(subject);
        vm.stopPrank();
    }

    /// @notice Missing access control on setters: identity overwritten, a guardian disabled, a registry mapping hijacked.
    function test_pitfall_missingAccessControlOnSetters() public {
        bytes memory data = abi.encodeCall(IDirectory.setProfile, (keccak256("mine"), "https://mine.example"));
        bytes memory refusal = abi.encodeWithSelector(IDirectory.Directory_NotOperator.selector, stranger);
        refusedWith(stranger, address(directory), data, refusal);
        guard(maria);
        data = abi.encodeCall(IGuardians.setGuardians, (maria, 0));
        refusal = abi.encodeWithSelector(ISubjects.Subjects_NotController.selector, maria, maria, guardianAt(0));
        refusedWith(guardianAt(0), address(subjects), data, refusal);
    }

    /// @notice Misnamed constructor or initializer: there is none to call after deployment.
    function test_pitfall_misnamedConstructorOrInitializer() public {
        address[5] memory all =
            [address(authority), address(directory), address(subjects), address(consents), address(checkpoints)];
        string[6] memory names =
            ["initialize()", "init()", "initialize(address)", "setOwner(address)", "Consents()", "Subjects()"];
        for (uint256 i = 0; i < 5; i++) {
            for (uint256 j = 0; j < 6; j++) {
                (bool done,) = all[i].call(abi.encodeWithSelector(bytes4(keccak256(bytes(names[j]))), stranger));
                isFalse(done, names[j]);
            }
        }
    }

    /// @notice Array removal bug: removing an unknown guardian deleted the last real one. Here a set is replaced as a whole,
    /// and a set with an unknown member opens nothing.
    function test_pitfall_arrayRemovalBug() public {
        guard(maria);
        IGuardians.GuardianSet memory set = family();
        set.guardians[2] = address(type(uint160).max);
        bytes32 digest = guardiansRevokeAllDigest(maria, 0, START);
        bytes memory data = abi.encodeCall(IGuardians.revokeAllByGuardians, (maria, START, set, signedByTwo(digest)));
        bytes32 opened = subjects.guardianCommitment(maria, set);
        bytes memory refusal = abi.encodeWithSelector(IGuardians.Guardians_WrongSet.selector, maria, opened);
        refusedWith(stranger, address(subjects), data, refusal);
        subjects.revokeAllByGuardians(maria, START, family(), signedByTwo(digest));
    }

    /// @notice Single-guardian takeover, silent: it takes m of n, a delay, and an event; and the patient can veto.
    function test_pitfall_singleGuardianTakeover() public {
        guard(maria);
        bytes32 digest = recoverDigest(maria, stranger, 1, START);
        bytes[] memory one = signedByTwo(digest);
        one[2] = "";
        bytes memory data = abi.encodeCall(IGuardians.startRecovery, (maria, stranger, START, family(), one));
        bytes memory refusal =
            abi.encodeWithSelector(IGuardians.Guardians_TooFewSignatures.selector, maria, uint256(1), uint8(2));
        refusedWith(guardianAt(0), address(subjects), data, refusal);
        vm.expectEmit(address(subjects));
        emit IGuardians.RecoveryStarted(maria, stranger, START + 2 days, 1);
        subjects.startRecovery(maria, stranger, START, family(), signedByTwo(digest));
        data = abi.encodeCall(IGuardians.executeRecovery, (maria));
        refusal = abi.encodeWithSelector(IGuardians.Guardians_NotReady.selector, maria, START + 2 days, START);
        refusedWith(stranger, address(subjects), data, refusal);
        vm.prank(maria);
        subjects.vetoRecovery(maria);
        vm.warp(START + 3 days);
        refusedWith(
            stranger, address(subjects), data, abi.encodeWithSelector(IGuardians.Guardians_NoRecovery.selector, maria)
        );
        same(subjects.controllerOf(maria), maria, "still hers");
    }

    /// @notice Replay of a signed consent: a revoked grant was restored by a stranger who sent the old signature again.
    function test_pitfall_replayOfSignedConsent() public {
        bytes memory by = consentSignature(terms());
        isTrue(consents.permits(terms(), by, request()), "given");
        vm.prank(maria);
        consents.revoke(maria, terms().index);
        isFalse(consents.permits(terms(), by, request()), "refused");
        // Not even a new signature under the same index helps.
        IConsents.Consent memory again = terms();
        again.salt = keccak256("another salt");
        isFalse(consents.permits(again, consentSignature(again), request()), "the index is spent");
    }

    /// @notice First-caller-owns squatting: a subject nobody has used is its own controller already.
    function test_pitfall_firstCallerOwnsSquatting() public {
        address unborn = addressOf("a patient to come");
        bytes memory data = abi.encodeCall(ISubjects.rotate, (unborn, stranger));
        bytes memory refusal =
            abi.encodeWithSelector(ISubjects.Subjects_NotController.selector, unborn, unborn, stranger);
        refusedWith(stranger, address(subjects), data, refusal);
        // A proxy's space is a hash of its address: nobody refuses in another's.
        vm.prank(stranger);
        consents.revokeUnderProxy(keccak256("link"), 7);
        isFalse(consents.isRevoked(consents.spaceOf(parent, keccak256("link")), 7), "the parent's space");
    }

    /// @notice Delegate outranks owner: no onward sharing without limit, nothing of the owner's is in a proxy's reach, and
    /// whoever is removed takes all below along.
    function test_pitfall_delegateOutranksOwner() public {
        bytes memory refusal = abi.encodeWithSelector(ISubjects.Subjects_NotController.selector, maria, maria, parent);
        refusedWith(parent, address(subjects), abi.encodeCall(ISubjects.rotate, (maria, parent)), refusal);
        refusedWith(parent, address(subjects), abi.encodeCall(ISubjects.revokeAll, (maria)), refusal);
        refusal = abi.encodeWithSelector(IConsents.Consents_NotController.selector, maria, maria, parent);
        refusedWith(parent, address(consents), abi.encodeCall(IConsents.revoke, (maria, 1)), refusal);
        IProxies.Link[] memory chain = chainOf(3);
        bytes memory by = signed(signerOf(chain), consents.digest(terms()));
        isTrue(consents.permitsByProxy(terms(), by, chain, request()), "three links");
        IProxies.Link[] memory deeper = chainOf(4);
        bytes memory deepest = signed(signerOf(deeper), consents.digest(terms()));
        isFalse(consents.permitsByProxy(terms(), deepest, deeper, request()), "four links");
        vm.prank(maria);
        consents.revoke(maria, chain[0].terms.index);
        isFalse(consents.permitsByProxy(terms(), by, chain, request()), "the first is gone, and all with it");
    }
}
