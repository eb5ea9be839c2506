// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICheckpoints} from "../../src/interfaces/ICheckpoints.sol";
import {IConsents} from "../../src/interfaces/IConsents.sol";
import {IGuardians} from "../../src/interfaces/IGuardians.sol";
import {IProxies} from "../../src/interfaces/IProxies.sol";
import {ISubjects} from "../../src/interfaces/ISubjects.sol";
import {OwnedWallet} from "../Wallets.sol";
import {ReplayBase} from "./ReplayBase.sol";
import {FickleWallet} from "./Signers.sol";

/// @notice Every signed verb × every kind of signer × every part of the message that might be another: each cell is one
/// assertion, which names itself.
contract ReplayTest is ReplayBase {
    enum Kind {
        Eoa65,
        Eoa64,
        Delegated,
        Wallet
    }

    string[4] private KIND_NAMES = ["EOA of 65 bytes", "ERC-2098", "EIP-7702", "ERC-1271"];

    address private ana = addressOf("Ana");
    FickleWallet private fickle;

    function setUp() public override {
        super.setUp();
        admit(aldhelm, 826);
        fickle = new FickleWallet();
    }

    // ---------------------------------------------------------------------------------------------- the whole matrix

    function test_replay_rotateBySig() public {
        matrix(Verb.Rotate);
    }

    function test_replay_revokeAllBySig() public {
        matrix(Verb.RevokeAll);
    }

    function test_replay_setGuardiansBySig() public {
        matrix(Verb.SetGuardians);
    }

    function test_replay_vetoRecoveryBySig() public {
        matrix(Verb.VetoRecovery);
    }

    function test_replay_startRecovery() public {
        matrix(Verb.StartRecovery);
    }

    function test_replay_revokeAllByGuardians() public {
        matrix(Verb.RevokeAllByGuardians);
    }

    function test_replay_revokeBySig() public {
        matrix(Verb.Revoke);
    }

    function test_replay_revokeManyBySig() public {
        matrix(Verb.RevokeMany);
    }

    function test_replay_revokeByGuardians() public {
        matrix(Verb.RevokeByGuardians);
    }

    function test_replay_check() public {
        matrix(Verb.Consent);
    }

    function test_replay_checkByProxy() public {
        matrix(Verb.ProxyLink);
        matrix(Verb.ProxyConsent);
    }

    function test_replay_revokeAsProxy() public {
        matrix(Verb.RevokeAsProxy);
    }

    function test_replay_revokeUnderProxyBySig() public {
        matrix(Verb.RevokeUnderProxy);
    }

    function test_replay_recordTwoRoots() public {
        matrix(Verb.TwoRoots);
    }

    function test_replay_recordOtherThanPosted() public {
        matrix(Verb.OtherThanPosted);
    }

    function test_replay_recordLeafReplaced() public {
        matrix(Verb.LeafReplaced);
    }

    function matrix(Verb verb) private {
        for (uint256 kind = 0; kind < 4; kind++) {
            for (uint256 part = 0; part < PARTS; part++) {
                if (has(verb, Part(part))) cell(verb, Kind(kind), Part(part));
            }
        }
    }

    function cell(Verb verb, Kind kind, Part part) private {
        uint256 before = vm.snapshotState();
        address signer = signerOf(kind);
        prepare(verb, signer);
        bytes32 digest = digestOf(verb, signer, part);
        bytes memory by = kind == Kind.Eoa64 ? signedCompact(keyOf("Ana"), digest) : signed(keyOf("Ana"), digest);
        // What a wallet says today is no evidence of what an organisation signed.
        bool may = part == Part.None && !(kind == Kind.Wallet && verb >= Verb.TwoRoots);
        expect(verb, signer, by, may, string.concat(KIND_NAMES[uint256(kind)], ", ", PART_NAMES[uint256(part)]));
        vm.revertToState(before);
    }

    function signerOf(Kind kind) private returns (address) {
        if (kind == Kind.Wallet) return address(new OwnedWallet(ana));
        // Its code accepts another key's signatures, so here it is the account's own key that counts.
        if (kind == Kind.Delegated) delegate(address(new OwnedWallet(stranger)));
        return ana;
    }

    function delegate(address code) private {
        vm.etch(ana, bytes.concat(hex"ef0100", bytes20(code)));
    }

    /// @notice An account that delegated (EIP-7702) signs with its key, whatever its code says, and by its code too, as
    /// long as that says yes. Whoever delegates to bad code has given the account away, here as everywhere.
    function test_replay_aDelegatedAccountSignsByKeyAndByCode() public {
        for (uint256 verb = 0; verb < uint256(Verb.TwoRoots); verb++) {
            uint256 before = vm.snapshotState();
            delegate(address(fickle));
            prepare(Verb(verb), ana);
            uint256 prepared = vm.snapshotState();
            expect(Verb(verb), ana, "anything", true, "EIP-7702, code says yes");
            vm.revertToState(prepared);
            FickleWallet(ana).setAnswer(FickleWallet.Answer.No);
            expect(Verb(verb), ana, "anything", false, "EIP-7702, code says no");
            bytes memory by = signed(keyOf("Ana"), digestOf(Verb(verb), ana, Part.None));
            expect(Verb(verb), ana, by, true, "EIP-7702, code says no, key says yes");
            vm.revertToState(before);
        }
    }

    /// @dev What the verb needs beforehand: guardians, a recovery that waits, a key of the organisation, a last post.
    function prepare(Verb verb, address signer) private {
        if (verb == Verb.StartRecovery || verb == Verb.RevokeAllByGuardians || verb == Verb.RevokeByGuardians) {
            guard(maria, onlyGuardian(signer));
        }
        if (verb == Verb.VetoRecovery) {
            IGuardians.GuardianSet memory set = onlyGuardian(relayer);
            guard(signer, set);
            bytes32 kind = keccak256("Recover(address subject,address newController,uint64 nonce,uint48 deadline)");
            bytes32 message = keccak256(abi.encode(kind, signer, relayer, uint64(1), DEADLINE));
            bytes[] memory by = new bytes[](1);
            by[0] = signed(keyOf("relayer"), typedDigest("Anamnesis Subjects", address(subjects), message));
            subjects.startRecovery(signer, relayer, DEADLINE, set, by);
        }
        if (verb >= Verb.TwoRoots) {
            vm.prank(aldhelm);
            checkpoints.post(0, ICheckpoints.Checkpoint("posted", 1));
            handOver(aldhelm, signer, START + YEAR);
        }
    }

    function guard(address subject, IGuardians.GuardianSet memory set) private {
        bytes32 commitment = subjects.guardianCommitment(subject, set);
        vm.prank(subject);
        subjects.setGuardians(subject, commitment);
    }

    /// @dev Carries the message; it does its work, or is refused with the very error and values.
    function expect(Verb verb, address signer, bytes memory by, bool may, string memory what) private {
        (address target, bytes memory data) = callOf(verb, signer, by);
        vm.prank(relayer);
        (bool done, bytes memory answer) = target.call{gas: 3_000_000}(data);
        what = string.concat(VERB_NAMES[uint256(verb)], ", ", what);
        isTrue(done == may, what);
        if (done) return;
        bytes memory refusal = verb < Verb.TwoRoots ? refusalOf(verb, signer) : bytes("");
        // Evidence names whoever signed what was shown instead: with another message that is an unrelated address.
        if (verb >= Verb.TwoRoots) {
            address found = recovered(digestOf(verb, signer, Part.None), by);
            refusal = abi.encodeWithSelector(
                ICheckpoints.Checkpoints_NotSignedByOperator.selector, uint32(1), uint8(0), found
            );
        }
        same(keccak256(answer), keccak256(refusal), what);
    }

    function recovered(bytes32 digest, bytes memory by) private pure returns (address) {
        bytes32 r;
        bytes32 s;
        assembly ("memory-safe") {
            r := mload(add(by, 32))
            s := mload(add(by, 64))
        }
        if (by.length == 65) return ecrecover(digest, uint8(by[64]), r, s);
        return ecrecover(digest, uint8(27 + (uint256(s) >> 255)), r, bytes32((uint256(s) << 1) >> 1));
    }

    function refusalOf(Verb verb, address signer) private view returns (bytes memory) {
        if (verb <= Verb.VetoRecovery) {
            uint64 nonce = subjects.nonceOf(signer);
            return abi.encodeWithSelector(ISubjects.Subjects_InvalidSignature.selector, signer, signer, nonce);
        }
        if (verb <= Verb.RevokeAllByGuardians || verb == Verb.RevokeByGuardians) {
            return abi.encodeWithSelector(IGuardians.Guardians_InvalidSignature.selector, maria, signer);
        }
        if (verb == Verb.Revoke) {
            return abi.encodeWithSelector(IConsents.Consents_InvalidRevocation.selector, signer, uint32(7), signer);
        }
        if (verb == Verb.RevokeMany) {
            return abi.encodeWithSelector(
                IConsents.Consents_InvalidRevocations.selector, signer, uint24(0), uint256(0x80), signer
            );
        }
        if (verb == Verb.Consent || verb == Verb.ProxyConsent) {
            bytes32 id = consents.digest(terms(verb, signer, Part.None));
            return abi.encodeWithSelector(IConsents.Consents_InvalidSignature.selector, id, signer);
        }
        bytes32 link = consents.proxyDigest(linkTerms(verb, signer, Part.None));
        if (verb == Verb.ProxyLink) {
            return abi.encodeWithSelector(IProxies.Proxies_InvalidSignature.selector, link, signer);
        }
        if (verb == Verb.RevokeUnderProxy) link = keccak256("link");
        return abi.encodeWithSelector(IProxies.Proxies_InvalidRevocation.selector, link, uint32(7), signer);
    }

    // ----------------------------------------------------------------------------- wallets that change or misbehave

    function test_replay_aWalletThatChangesItsMind() public {
        for (uint256 verb = 0; verb < uint256(Verb.TwoRoots); verb++) {
            oddWallet(Verb(verb), FickleWallet.Answer.No, "later no");
        }
    }

    function test_replay_aWalletThatReverts() public {
        for (uint256 verb = 0; verb < uint256(Verb.TwoRoots); verb++) {
            oddWallet(Verb(verb), FickleWallet.Answer.Revert, "reverts");
        }
    }

    function test_replay_aWalletThatBurnsItsGas() public {
        for (uint256 verb = 0; verb < uint256(Verb.TwoRoots); verb++) {
            oddWallet(Verb(verb), FickleWallet.Answer.BurnGas, "burns gas");
        }
    }

    function test_replay_aWalletThatAnswersNothingOrTooLittle() public {
        for (uint256 verb = 0; verb < uint256(Verb.TwoRoots); verb++) {
            oddWallet(Verb(verb), FickleWallet.Answer.Nothing, "nothing");
            oddWallet(Verb(verb), FickleWallet.Answer.Short, "too short");
        }
    }

    /// @dev The same signature counts while the wallet says so, and no longer when it does not.
    function oddWallet(Verb verb, FickleWallet.Answer answer, string memory what) private {
        uint256 before = vm.snapshotState();
        address signer = address(fickle);
        prepare(verb, signer);
        uint256 prepared = vm.snapshotState();
        expect(verb, signer, "anything", true, string.concat("wallet says yes, then ", what));
        vm.revertToState(prepared);
        fickle.setAnswer(answer);
        expect(verb, signer, "anything", false, string.concat("wallet ", what));
        vm.revertToState(before);
    }

    // ------------------------------------------------------------------------------------------ the same once more

    /// @notice A message works once. Refusals alone may arrive again: they are permanent and change nothing.
    function test_replay_theSameMessageTwice() public {
        bool[17] memory twice;
        (twice[uint256(Verb.Revoke)], twice[uint256(Verb.RevokeMany)]) = (true, true);
        (twice[uint256(Verb.RevokeByGuardians)], twice[uint256(Verb.RevokeAsProxy)]) = (true, true);
        (twice[uint256(Verb.RevokeUnderProxy)], twice[uint256(Verb.Consent)]) = (true, true);
        (twice[uint256(Verb.ProxyLink)], twice[uint256(Verb.ProxyConsent)]) = (true, true);
        for (uint256 verb = 0; verb < VERBS; verb++) {
            uint256 before = vm.snapshotState();
            prepare(Verb(verb), ana);
            bytes memory by = signed(keyOf("Ana"), digestOf(Verb(verb), ana, Part.None));
            (address target, bytes memory data) = callOf(Verb(verb), ana, by);
            (bool done,) = target.call(data);
            isTrue(done, string.concat(VERB_NAMES[verb], " the first time"));
            vm.recordLogs();
            (done,) = target.call(data);
            isTrue(done == twice[verb], string.concat(VERB_NAMES[verb], " the second time"));
            same(vm.getRecordedLogs().length, 0, string.concat(VERB_NAMES[verb], " tells nothing new"));
            vm.revertToState(before);
        }
    }

    /// @notice At its deadline a message still counts, a second later no more.
    function test_replay_deadlines() public {
        for (uint256 verb = 0; verb <= uint256(Verb.RevokeAllByGuardians); verb++) {
            uint256 before = vm.snapshotState();
            prepare(Verb(verb), ana);
            bytes memory by = signed(keyOf("Ana"), digestOf(Verb(verb), ana, Part.None));
            (address target, bytes memory data) = callOf(Verb(verb), ana, by);
            vm.warp(DEADLINE + 1);
            (bool done, bytes memory answer) = target.call(data);
            isFalse(done, string.concat(VERB_NAMES[verb], " late"));
            address subject = subjectOf(Verb(verb), ana);
            bytes memory late =
                abi.encodeWithSelector(ISubjects.Subjects_DeadlinePassed.selector, subject, DEADLINE, DEADLINE + 1);
            same(keccak256(answer), keccak256(late), string.concat(VERB_NAMES[verb], " late"));
            vm.warp(DEADLINE);
            (done,) = target.call(data);
            isTrue(done, string.concat(VERB_NAMES[verb], " at the deadline"));
            vm.revertToState(before);
        }
    }
}
