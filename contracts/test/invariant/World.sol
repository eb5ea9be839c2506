// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IConsents} from "../../src/interfaces/IConsents.sol";
import {IGuardians} from "../../src/interfaces/IGuardians.sol";
import {IProxies} from "../../src/interfaces/IProxies.sol";
import {PairBase} from "../reference/PairBase.sol";
import {Replayed} from "./Replayed.sol";

/// @notice The state that the handlers expect: the plain contracts beside the packed ones (full state), what the events
/// told, and the history of what was given, refused, spent and declared.
abstract contract World is PairBase {
    /// @dev A consent that somebody signed, and whether it must never count again.
    struct Given {
        IConsents.Consent terms;
        bytes signature;
        address signer;
        bool dead;
        bool byProxy;
        uint256 chain;
    }

    /// @dev A message that was accepted once, and what it is told when it comes again.
    struct Spent {
        Core core;
        bytes data;
        bytes4 refusal;
        bytes4 orElse;
    }

    uint256 internal constant MOST = 16;
    /// @dev No organisation is ever allowed more.
    uint8 internal constant QUOTA = 3;
    uint48 internal constant LATE = type(uint48).max;

    Replayed internal replayed;
    Given[] internal given;
    Spent[] internal spent;
    /// @dev Chains of one or two links by number; storage cannot hold them as one array of arrays of structs.
    mapping(uint256 chain => IProxies.Link[]) internal chains;
    mapping(uint256 chain => bool) internal chainDead;
    uint256 internal chainCount;

    mapping(address subject => uint32) internal nextIndex;
    mapping(address subject => uint64) internal acts;
    mapping(address subject => uint32) internal epochs;
    mapping(uint32 organization => uint256[]) internal declaredAt;
    mapping(uint32 organization => mapping(uint8 stream => uint64)) internal reached;
    uint256 internal replayedLogs;
    uint256 internal attacksRefused;
    uint256 internal refusalsInPause;

    /// @dev Wrong by construction: a verb that must work did not, or one that must not did.
    error NotAsExpected(bytes data, bool done, bytes answer);

    address[5] internal keys;

    function setUp() public virtual override {
        super.setUp();
        replayed = new Replayed();
        vm.startPrank(council);
        directory.setEmergencyQuota(1, QUOTA);
        directory.setEmergencyQuota(2, QUOTA);
        vm.stopPrank();
        keys = [maria, joao, phone, addressOf("tablet"), wallet];
    }

    function subjectAt(uint256 seed) internal view returns (address) {
        return [maria, joao, wallet][seed % 3];
    }

    function keyOfController(address holder) internal view returns (uint256) {
        if (holder == maria || holder == wallet) return mariaKey;
        if (holder == joao) return keyOf("Joao");
        return holder == phone ? keyOf("phone 2") : keyOf("tablet");
    }

    function controller(address subject) internal view returns (address) {
        return plainSubjects.controllerOf(subject);
    }

    function onSubjects(bytes memory message) internal view returns (bytes32) {
        return typedDigest("Anamnesis Subjects", address(subjects), keccak256(message));
    }

    function onConsents(bytes memory message) internal view returns (bytes32) {
        return typedDigest("Anamnesis Consents", address(consents), keccak256(message));
    }

    function ofController(address subject, bytes32 digest) internal view returns (bytes memory) {
        return signed(keyOfController(controller(subject)), digest);
    }

    /// @dev Ana and Bento, both needed.
    function family() internal pure returns (IGuardians.GuardianSet memory set) {
        (address one, address other) = (addressOf("Ana"), addressOf("Bento"));
        set.guardians = new address[](2);
        (set.guardians[0], set.guardians[1]) = one < other ? (one, other) : (other, one);
        (set.threshold, set.delay) = (2, 1 days);
    }

    function ofFamily(bytes32 digest) internal pure returns (bytes[] memory signatures) {
        (uint256 one, uint256 other) = (keyOf("Ana"), keyOf("Bento"));
        if (vm.addr(one) > vm.addr(other)) (one, other) = (other, one);
        signatures = new bytes[](2);
        (signatures[0], signatures[1]) = (signed(one, digest), signed(other, digest));
    }

    function guarded(address subject) internal view returns (bool) {
        (bytes26 current,,) = subjects.guardiansOf(subject);
        return current == bytes26(subjects.guardianCommitment(subject, family()));
    }

    /// @dev A call that must do its work, and touch nobody but `subject` (0: no subject at all).
    function legal(address caller, Core core, bytes memory data, address subject) internal {
        bytes32 others = stateOfOthers(subject);
        (bool done, bytes memory answer) = act(caller, core, data);
        if (!done) revert NotAsExpected(data, done, answer);
        same(stateOfOthers(subject), others, "C9: others are untouched");
        replay();
    }

    /// @dev A call that must be refused with exactly this.
    function attack(address caller, Core core, bytes memory data, bytes memory refusal) internal {
        (bool done, bytes memory answer) = act(caller, core, data);
        if (done || keccak256(answer) != keccak256(refusal)) revert NotAsExpected(data, done, answer);
        attacksRefused++;
    }

    function spend(Core core, bytes memory data, bytes4 refusal, bytes4 orElse) internal {
        if (spent.length < 3 * MOST) spent.push(Spent(core, data, refusal, orElse));
        else spent[uint256(keccak256(data)) % spent.length] = Spent(core, data, refusal, orElse);
    }

    function stateOfOthers(address subject) internal view returns (bytes32 hash) {
        for (uint256 i = 0; i < 3; i++) {
            address other = subjectAt(i);
            if (other == subject) continue;
            (bytes26 current, bytes26 next, uint48 from) = subjects.guardiansOf(other);
            (address newController, uint48 readyAt) = subjects.recoveryOf(other);
            bytes memory guarding = abi.encode(current, next, from, newController, readyAt);
            hash = keccak256(
                abi.encode(hash, subjects.word(other), consents.revocationWord(other, 0), keccak256(guarding))
            );
        }
    }

    /// @dev Hands what was told since the last time to the one who sees events only.
    function replay() private {
        for (; replayedLogs < told.length; replayedLogs++) {
            replayed.take(told[replayedLogs]);
        }
    }

    /// @dev All that was given under the subject's former epoch is void for ever.
    function voidAll(address subject) internal {
        epochs[subject]++;
        for (uint256 i = 0; i < given.length; i++) {
            if (given[i].terms.subject == subject) given[i].dead = true;
        }
        for (uint256 i = 0; i < chainCount; i++) {
            if (chains[i][0].terms.subject == subject) chainDead[i] = true;
        }
    }

    /// @dev One index was refused by the subject.
    function voidIndex(address subject, uint32 index) internal {
        for (uint256 i = 0; i < chainCount; i++) {
            for (uint256 j = 0; j < chains[i].length; j++) {
                IProxies.Proxy storage link = chains[i][j].terms;
                if (link.subject == subject && link.index == index) chainDead[i] = true;
            }
        }
        for (uint256 i = 0; i < given.length; i++) {
            Given storage one = given[i];
            if (one.terms.subject != subject) continue;
            if (one.terms.index == index || (one.byProxy && chainDead[one.chain])) one.dead = true;
        }
    }

    /// @dev Keeps a consent; when there is no room, a dead one is forgotten, if there is any.
    function keep(Given memory one, uint256 seed) internal {
        if (given.length < MOST) {
            given.push(one);
            return;
        }
        for (uint256 i = 0; i < MOST; i++) {
            uint256 at_ = (seed % MOST + i) % MOST;
            if (!given[at_].dead) continue;
            given[at_] = one;
            return;
        }
    }

    function freshIndex(address subject) internal returns (uint32) {
        return nextIndex[subject]++;
    }

    function asked(IConsents.Consent memory terms, uint48 time) internal pure returns (IConsents.Request memory) {
        uint32 purpose = terms.purposes & (~terms.purposes + 1);
        return IConsents.Request(
            terms.grantee, terms.recipient, terms.categories, terms.sensitive, purpose, terms.actions, time
        );
    }

    function permitted(Given memory one, uint48 time) internal view returns (bool) {
        IConsents.Request memory request = asked(one.terms, time);
        if (!one.byProxy) return consents.permits(one.terms, one.signature, request);
        return consents.permitsByProxy(one.terms, one.signature, chains[one.chain], request);
    }
}
